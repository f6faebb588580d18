// Questions to the database beside the writer: what evaluators show, what the API answers, what goes upstream.
// Read-only; sees what was committed when it asks.
import { StoreUnavailable } from '../ports.ts';
import { openForReading } from './open-database.ts';
import { makeCaseStateQuestions } from './questions/case-state.ts';
import { makeCaseQuestions } from './questions/cases.ts';
import { makeDeliveryQuestions } from './questions/deliveries.ts';
import { makeEpochQuestions } from './questions/epochs.ts';
import { makeFleetQuestions } from './questions/fleet.ts';
import { makeOutboxQuestions } from './questions/outbox.ts';
import { makePersonQuestions } from './questions/persons.ts';
import { makeRuleQuestions } from './questions/rules.ts';
import { makeStaffPhotoQuestions } from './questions/staff-photos.ts';
import { makeUpdateQuestions } from './questions/updates.ts';

export type { RunningTerm } from './questions/rules.ts';
export type { PendingUpdate } from './questions/updates.ts';

export type Reader = ReturnType<typeof openReader>;

/** The file must be there: start the writer first. */
export function openReader(dataFolder: string) {
  const database = openForReading(dataFolder);
  return {
    ...makeFleetQuestions(database),
    ...makeEpochQuestions(database),
    ...makeCaseQuestions(database),
    ...makeCaseStateQuestions(database),
    ...makeOutboxQuestions(database),
    ...makeDeliveryQuestions(database),
    ...makeRuleQuestions(database),
    ...makePersonQuestions(database),
    ...makeUpdateQuestions(database),
    ...makeStaffPhotoQuestions(database),
    close: () => {
      database.close();
    },
  };
}

export interface InterruptibleReader {
  reader: Reader;
  /** Until it is opened again, questions throw StoreUnavailable. */
  close(): void;
  open(): void;
}

/** A reader whose connection can be closed and opened again under those who hold it; the next question opens it. */
export function openInterruptibleReader(dataFolder: string): InterruptibleReader {
  let current: Reader | undefined = openReader(dataFolder);
  let isClosed = false;
  const close = () => {
    isClosed = true;
    current?.close();
    current = undefined;
  };
  const reopen = () => {
    try {
      return openReader(dataFolder);
    } catch (error) {
      throw new StoreUnavailable((error as Error).message);
    }
  };
  const ask =
    (name: keyof Reader) =>
    (...given: unknown[]) => {
      if (isClosed) throw new StoreUnavailable('the database is being checked');
      current ??= reopen();
      return (current[name] as (...given: unknown[]) => unknown)(...given);
    };
  const names = Object.keys(current) as (keyof Reader)[];
  const reader = Object.fromEntries(names.map((name) => [name, ask(name)])) as unknown as Reader;
  return {
    reader: { ...reader, close },
    close,
    open() {
      isClosed = false;
    },
  };
}
