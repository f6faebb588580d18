// The short way of what happens most: the first press on an open invitation, whose services have never been evaluated
// and whose cases run, or whose single case has a term that ends after the press. It counts for each of them and changes nothing else, whatever else
// is known; so nothing of that is read and the rules need not be asked. Everything else takes the general way of
// effective-services.ts, and a property test holds the tables of both to each other, byte for byte.
import { makeRowWriter } from '../row-writer.ts';
import type { CommandContext } from './commands.ts';
import { makeOpenInvitations, type OpenInvitation } from './open-invitations.ts';

export interface OrdinaryPresses {
  /** Before a press that names it; nothing may wait to be written. */
  lookAt(invitation: Buffer): void;
  /** Undefined where the general way has to decide. Whoever takes one files a press on it. */
  take(invitation: Buffer, pressedMs: number): OpenInvitation | undefined;
  /** After the press was added, as effective. */
  file(open: OpenInvitation, press: OrdinaryPress): void;
  /** Before anybody else reads or writes: the records that were added and what they change are written together. */
  write(): void;
  /** What is known of a service changes otherwise. */
  dropService(serviceNo: number): void;
  /** After a rollback, and when another process may have written. */
  drop(): void;
}

export interface OrdinaryPress {
  id: number;
  deviceNo: number;
  seq: number;
  atMs: number;
}

interface Counted {
  serviceNo: number;
  press: number;
  /** Its case was completed. */
  endsWait: boolean;
}

const COUNTED =
  'ON CONFLICT (service_no) DO UPDATE SET effective_press = excluded.effective_press, evaluation_outbox = excluded.evaluation_outbox';

export const NEVER_ORDINARY: OrdinaryPresses = {
  lookAt: () => undefined,
  take: () => undefined,
  file: () => undefined,
  write: () => undefined,
  dropService: () => undefined,
  drop: () => undefined,
};

export function makeOrdinaryPresses({
  database,
  catchUp,
  presses,
}: Pick<CommandContext, 'database' | 'catchUp' | 'presses'>): OrdinaryPresses {
  const open = makeOpenInvitations(database);
  const countings = makeRowWriter(database, {
    into: 'service_state (service_no, effective_press, evaluation_outbox)',
    row: '(?, ?, ?)',
    set: COUNTED,
  });
  /** Of completed cases: the end of their term need not be waited for any more. */
  const endings = makeRowWriter(database, {
    into: 'service_state (service_no, effective_press, evaluation_outbox, due_ms)',
    row: '(?, ?, ?, NULL)',
    set: `${COUNTED}, due_ms = NULL`,
  });
  const firstPresses = makeRowWriter(database, {
    into: 'invitation_state (invitation_no, state, press)',
    row: "(?, 'evaluated', ?)",
    set: "ON CONFLICT (invitation_no) DO UPDATE SET state = 'evaluated', press = excluded.press",
  });
  const outbox = makeRowWriter(database, {
    into: 'outbox_row (service_no, kind, press, may_be_there, created_ms)',
    row: "(?, 'evaluation', ?, ?, ?)",
  });
  /** What the rows of the outbox that wait are for: their ids are known once they are written, and have no gaps. */
  let counted: Counted[] = [];
  const enqueue = (serviceNo: number, { id, deviceNo, seq, atMs }: OrdinaryPress): void => {
    const may = catchUp.anyLost() && catchUp.mayHaveSentPress(deviceNo, seq);
    outbox.add(serviceNo, id, Number(may), atMs);
  };
  const write = () => {
    presses.write();
    if (counted.length === 0) return;
    const written = counted;
    counted = [];
    const firstRow = outbox.write() - written.length + 1;
    firstPresses.write();
    for (let index = 0; index < written.length; index += 1) {
      const { serviceNo, press, endsWait } = written[index]!;
      (endsWait ? endings : countings).add(serviceNo, press, firstRow + index);
    }
    countings.write();
    endings.write();
  };

  return {
    lookAt: open.lookAt,
    take: open.take,
    file({ no, services, untilMs }, press) {
      firstPresses.add(no, press.id);
      for (const serviceNo of services) {
        enqueue(serviceNo, press);
        counted.push({ serviceNo, press: press.id, endsWait: untilMs !== undefined });
      }
    },
    write,
    dropService: open.dropService,
    drop() {
      outbox.drop();
      counted = [];
      firstPresses.drop();
      countings.drop();
      endings.drop();
      open.drop();
    },
  };
}
