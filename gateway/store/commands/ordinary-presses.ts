// The short way of what happens most: the first press on an open invitation, whose services have never been evaluated
// and whose cases neither ended nor were withdrawn. It counts for each of them and changes nothing else, whatever else
// is known; so nothing of that is read and the rules need not be asked. Everything else takes the general way of
// effective-services.ts, and a property test holds the tables of both to each other, byte for byte.

import { makeRowWriter } from '../row-writer.ts';
import type { CommandContext, ServiceKey } from './commands.ts';
import { makeUpstreamDecisions } from './upstream-decisions.ts';

export interface OpenInvitation {
  no: number;
  services: (ServiceKey & { no: number })[];
}

export interface OrdinaryPresses {
  /** Reads the invitations that the next presses name, together: a third of what each costs by itself. */
  readAhead(invitations: readonly Buffer[]): void;
  /** Undefined where the general way has to decide. Whoever takes one files a press on it. */
  take(invitation: Buffer): OpenInvitation | undefined;
  /** After the press was inserted, as effective. */
  file(open: OpenInvitation, press: OrdinaryPress): void;
  /** Before anybody else reads: what the filed presses change is written together. */
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
  invitation: Buffer,
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

export function makeOrdinaryPresses(context: Pick<CommandContext, 'database' | 'catchUp'>): OrdinaryPresses {
  const { database } = context;
  const { first } = makeUpstreamDecisions(context);
  // Once anything counted for a service, its evaluation has a row of the outbox, for ever.
  const read = (invitations: number) =>
    database
      .prepare(
        `SELECT v.handle, v.no, r.no, r.project_no, r.assess_number,
           n.state = 'open' AND n.press IS NULL AND t.evaluation_outbox IS NULL AND t.effective_press IS NULL
           AND t.default_fact IS NULL AND t.due_ms IS NULL AND c.completed_ms IS NULL AND c.withdrawn_ms IS NULL
         FROM invitation_record v CROSS JOIN invitation_state n ON n.invitation_no = v.no
           CROSS JOIN invitation_item i ON i.invitation_no = v.no
           CROSS JOIN service_state t ON t.service_no = i.service_no
           CROSS JOIN service_record r ON r.no = i.service_no
           CROSS JOIN case_record c ON c.project_no = r.project_no
         WHERE v.handle IN (${Array(invitations).fill('?').join(', ')})`,
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
  const write = () => {
    firstPresses.write();
    countings.write();
  };
  /** By the handle, one character a byte. Undefined for those that are not ordinary. */
  const known = new Map<string, OpenInvitation | undefined>();
  /** Services that were written since something was read. */
  const written = new Set<number>();

  const note = (rows: Row[]) => {
    let name = '';
    let last: Buffer | undefined;
    for (const [handle, no, serviceNo, projectNo, assessNumber, ordinary] of rows) {
      const service = { no: serviceNo, projectNo, assessNumber };
      if (last?.equals(handle)) {
        if (ordinary === 1) known.get(name)?.services.push(service);
        else known.set(name, undefined);
        continue;
      }
      last = handle;
      name = handle.toString('latin1');
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
        const some = invitations.slice(from, from + count);
        // One that is named twice is found once.
        while (some.length < count) some.push(some[0]!);
        const statement = count === 1 ? readOne : count === FEW_INVITATIONS ? readFew : readMany;
        note(statement.all(some) as Row[]);
        from += count;
      }
    },
    take(invitation) {
      const name = invitation.toString('latin1');
      if (!known.has(name)) {
        write();
        note(readOne.all(invitation) as Row[]);
      }
      const open = known.get(name);
      known.delete(name);
      if (open && !open.services.some(({ no }) => written.has(no))) return open;
      write();
      return undefined;
    },
    file({ no, services }, { id, device, deviceNo, seq, atMs }) {
      firstPresses.add(no, id);
      for (const service of services) {
        const row = first({ ...service, press: id, device, deviceNo, seq, atMs });
        countings.add(service.no, id, row);
        written.add(service.no);
      }
    },
    write,
    forget() {
      write();
      clear();
    },
    drop() {
      firstPresses.drop();
      countings.drop();
      clear();
    },
  };
}
