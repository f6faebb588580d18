// Questions to the database beside the writer: what evaluators show, what the API answers, what goes upstream.
// Read-only; sees what was committed when it asks.
import { openForReading } from './open-database.ts';
import { makeCaseStateQuestions } from './questions/case-state.ts';
import { makeCaseQuestions } from './questions/cases.ts';
import { makeDeliveryQuestions } from './questions/deliveries.ts';
import { makeFleetQuestions } from './questions/fleet.ts';
import { makeOutboxQuestions } from './questions/outbox.ts';
import { makePersonQuestions } from './questions/persons.ts';
import { makeRuleQuestions } from './questions/rules.ts';

export type Reader = ReturnType<typeof openReader>;

/** The file must be there: start the writer first. */
export function openReader(dataFolder: string) {
  const database = openForReading(dataFolder);
  return {
    ...makeFleetQuestions(database),
    ...makeCaseQuestions(database),
    ...makeCaseStateQuestions(database),
    ...makeOutboxQuestions(database),
    ...makeDeliveryQuestions(database),
    ...makeRuleQuestions(database),
    ...makePersonQuestions(database),
    close: () => {
      database.close();
    },
  };
}
