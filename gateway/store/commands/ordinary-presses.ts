// The short way of what happens most: the first press on an open invitation, whose services have never been evaluated
// and whose cases neither ended nor were withdrawn. It counts for each of them and changes nothing else, whatever else
// is known; so nothing of that is read and the rules need not be asked. Everything else takes the general way of
// effective-services.ts, and a property test holds the tables of both to each other, byte for byte.
import { makeRowWriter } from '../row-writer.ts';
import type { CommandContext, ServiceKey } from './commands.ts';
import { evaluationOutboxKey, nameOfPress } from './outbox-key.ts';

export interface OpenInvitation {
  no: number;
  services: (ServiceKey & { no: number })[];
}

export interface OrdinaryPresses {
  /** Reads the invitations that the next presses name, together: a third of what each costs by itself. */
  readAhead(invitations: readonly Buffer[]): void;
  /** Undefined where the general way has to decide. Whoever takes one files a press on it. */
  take(invitation: Buffer): OpenInvitation | undefined;
  /** After the press was added, as effective. */
  file(open: OpenInvitation, press: OrdinaryPress): void;
  /** Before anybody else reads or writes: the records that were added and what they change are written together. */
  write(): void;
  /** Something is changed that is not of this file, or may be. Writes before. */
  forget(): void;
  /** After a rollback. */
  drop(): void;
}

export interface OrdinaryPress {
  id: number;
  device: string;
  deviceNo: number;
  seq: number;
  atMs: number;
}

/** Invitations of one statement. The statement for few serves the quiet hours. */
const MANY_INVITATIONS = 32;
const FEW_INVITATIONS = 4;

type Row = [
  /** Which of those asked for. */
  index: number,
  invitationNo: number,
  serviceNo: number,
  projectNo: string,
  assessNumber: number,
  ordinary: number,
];

export const NEVER_ORDINARY: OrdinaryPresses = {
  readAhead: () => undefined,
  take: () => undefined,
  file: () => undefined,
  write: () => undefined,
  drop: () => undefined,
  forget: () => undefined,
};

export function makeOrdinaryPresses({
  database,
  catchUp,
  presses,
}: Pick<CommandContext, 'database' | 'catchUp' | 'presses'>): OrdinaryPresses {
  // Once anything counted for a service, its evaluation has a row of the outbox, for ever.
  const read = (invitations: number) =>
    database
      .prepare(
        `WITH asked (at, handle) AS (VALUES ${Array.from({ length: invitations }, (_, at) => `(${at}, ?)`).join(', ')})
         SELECT a.at, v.no, r.no, r.project_no, r.assess_number,
           n.state = 'open' AND n.press IS NULL AND t.evaluation_outbox IS NULL AND t.effective_press IS NULL
           AND t.default_fact IS NULL AND t.due_ms IS NULL AND c.completed_ms IS NULL AND c.withdrawn_ms IS NULL
         FROM asked a CROSS JOIN invitation_record v ON v.handle = a.handle CROSS JOIN invitation_state n ON n.invitation_no = v.no
           CROSS JOIN invitation_item i ON i.invitation_no = v.no
           CROSS JOIN service_state t ON t.service_no = i.service_no
           CROSS JOIN service_record r ON r.no = i.service_no
           CROSS JOIN case_record c ON c.project_no = r.project_no`,
      )
      .raw();
  const readMany = read(MANY_INVITATIONS);
  const readFew = read(FEW_INVITATIONS);
  const readOne = read(1);
  const countings = makeRowWriter(database, {
    into: 'service_state (service_no, effective_press, evaluation_outbox)',
    row: '(?, ?, ?)',
    set: 'ON CONFLICT (service_no) DO UPDATE SET effective_press = excluded.effective_press, evaluation_outbox = excluded.evaluation_outbox',
  });
  const firstPresses = makeRowWriter(database, {
    into: 'invitation_state (invitation_no, state, press)',
    row: "(?, 'evaluated', ?)",
    set: "ON CONFLICT (invitation_no) DO UPDATE SET state = 'evaluated', press = excluded.press",
  });
  const outbox = makeRowWriter(database, {
    into: 'outbox (id, project_no, assess_number, kind, press, idempotency_key, may_be_there, created_ms)',
    row: "(?, ?, ?, 'evaluation', ?, ?, ?, ?)",
  });
  const newestOutbox = database.prepare('SELECT max(id) FROM outbox').pluck();
  /** While rows of the outbox wait; only this file adds any then. */
  let lastOutboxId: number | undefined;
  const enqueue = (service: ServiceKey, { id, device, deviceNo, seq, atMs }: OrdinaryPress): number => {
    lastOutboxId ??= (newestOutbox.get() as number | null) ?? 0;
    lastOutboxId += 1;
    const { projectNo, assessNumber } = service;
    const key = evaluationOutboxKey({ projectNo, assessNumber, revision: 1 }, nameOfPress(device, seq));
    const may = catchUp.mayHaveSentSince(0) && catchUp.mayHaveSentPress(deviceNo, seq);
    outbox.add(lastOutboxId, projectNo, assessNumber, id, key, Number(may), atMs);
    return lastOutboxId;
  };
  const write = () => {
    presses.write();
    outbox.write();
    lastOutboxId = undefined;
    firstPresses.write();
    countings.write();
  };
  /** By the handle, one character a byte. Undefined for those that are not ordinary. */
  const known = new Map<string, OpenInvitation | undefined>();
  /** Services that were written since something was read. */
  const written = new Set<number>();

  const note = (names: readonly string[], rows: Row[]) => {
    let last: Row[0] | undefined;
    for (const [at, no, serviceNo, projectNo, assessNumber, ordinary] of rows) {
      const name = names[at]!;
      const service = { no: serviceNo, projectNo, assessNumber };
      if (at === last) {
        if (ordinary === 1) known.get(name)?.services.push(service);
        else known.set(name, undefined);
        continue;
      }
      last = at;
      known.set(name, ordinary === 1 ? { no, services: [service] } : undefined);
    }
  };

  const clear = () => {
    if (known.size > 0) known.clear();
    if (written.size > 0) written.clear();
  };

  return {
    readAhead(invitations) {
      for (let from = 0; from < invitations.length; ) {
        const left = invitations.length - from;
        const count = left > FEW_INVITATIONS ? MANY_INVITATIONS : left > 1 ? FEW_INVITATIONS : 1;
        const some: (Buffer | null)[] = invitations.slice(from, from + count);
        const names = some.map((handle) => nameOf(handle!));
        while (some.length < count) some.push(null);
        const statement = count === 1 ? readOne : count === FEW_INVITATIONS ? readFew : readMany;
        note(names, statement.all(some) as Row[]);
        from += count;
      }
    },
    take(invitation) {
      const name = nameOf(invitation);
      if (!known.has(name)) {
        write();
        note([name], readOne.all(invitation) as Row[]);
      }
      const open = known.get(name);
      known.delete(name);
      if (open && !open.services.some(({ no }) => written.has(no))) return open;
      return undefined;
    },
    file({ no, services }, press) {
      firstPresses.add(no, press.id);
      for (const service of services) {
        countings.add(service.no, press.id, enqueue(service, press));
        written.add(service.no);
      }
    },
    write,
    forget() {
      write();
      clear();
    },
    drop() {
      outbox.drop();
      lastOutboxId = undefined;
      firstPresses.drop();
      countings.drop();
      clear();
    },
  };
}

const nameOf = (invitation: Buffer) => invitation.toString('latin1');
