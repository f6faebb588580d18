// What the writer keeps in memory of invitations on which an ordinary press may fall: open ones whose services nobody
// has evaluated and whose cases run. Filled when presses name them, so that the many presses of a busy hour are not
// read for one by one; whatever changes a service takes its invitation out, and every rollback all of them.
import type Database from 'better-sqlite3';

export interface OpenInvitation {
  no: number;
  /** Numbers. */
  services: number[];
}

export interface OpenInvitations {
  /** Nothing may wait to be written. Reads those of them that it does not know. */
  lookAt(handles: readonly Buffer[]): void;
  /** Undefined if it is not open, or was not looked at. It is not known any more afterwards. */
  take(handle: Buffer): OpenInvitation | undefined;
  /** Something was changed about the service. */
  dropService(serviceNo: number): void;
  drop(): void;
}

/** About 300 bytes each. The oldest leave first, and are read again when their press comes. */
export const KNOWN_LIMIT_INVITATIONS = 20_000;
/**
 * Those made one after the other lie together and are pressed at about the same time. The second press among so many
 * reads all of them that are open, at a third of what each costs by itself; in a quiet hour each is read alone.
 */
const NEIGHBOURS = 64;
/** Groups of neighbours of which one was read. */
const TOUCHED_LIMIT = 1000;

type Row = [invitationNo: number, name: string, serviceNo: number, isOrdinary: 0 | 1];
interface Known extends OpenInvitation {
  name: string;
}

export function makeOpenInvitations(database: Database.Database): OpenInvitations {
  const find = database.prepare('SELECT no FROM invitation_record WHERE handle = ?').pluck();
  // Once anything counted for a service, its evaluation has a row of the outbox, for ever. One text for all rows: each
  // by itself, a blob in it, was measured to cost four times as much.
  const readRange = database
    .prepare(
      `SELECT group_concat('[' || v.no || ',"' || lower(hex(v.handle)) || '",' || t.service_no || ','
         || (t.closed = 0 AND t.evaluation_outbox IS NULL AND t.effective_press IS NULL AND t.default_fact IS NULL
           AND t.due_ms IS NULL) || ']')
       FROM invitation_record v CROSS JOIN invitation_state n ON n.invitation_no = v.no
         CROSS JOIN invitation_item i ON i.invitation_no = v.no CROSS JOIN service_state t ON t.service_no = i.service_no
       WHERE v.no BETWEEN ? AND ? AND n.state = 'open' AND n.press IS NULL`,
    )
    .pluck();
  const byName = new Map<string, Known>();
  const byService = new Map<number, Known>();
  const touched = new Set<number>();

  const remove = (known: Known) => {
    byName.delete(known.name);
    for (const no of known.services) byService.delete(no);
  };
  const add = (known: Known) => {
    if (byName.has(known.name)) return;
    // Two that share a service: the first press on one changes the other, which is the rules' affair.
    const others = known.services.flatMap((no) => byService.get(no) ?? []);
    if (others.length > 0) return void others.map(remove);
    if (byName.size >= KNOWN_LIMIT_INVITATIONS) remove(byName.values().next().value!);
    byName.set(known.name, known);
    for (const no of known.services) byService.set(no, known);
  };
  const read = (first: number, last: number) => {
    const found = new Map<number, Known>();
    const others = new Set<number>();
    const rows = JSON.parse(`[${(readRange.get(first, last) as string | null) ?? ''}]`) as Row[];
    for (const [no, name, serviceNo, isOrdinary] of rows) {
      const known = found.get(no);
      if (known) known.services.push(serviceNo);
      else found.set(no, { no, name, services: [serviceNo] });
      if (isOrdinary === 0) others.add(no);
    }
    for (const known of found.values()) if (!others.has(known.no)) add(known);
  };
  const readAround = (no: number) => {
    const group = Math.floor(no / NEIGHBOURS);
    if (touched.delete(group)) return read(group * NEIGHBOURS, (group + 1) * NEIGHBOURS - 1);
    if (touched.size >= TOUCHED_LIMIT) touched.clear();
    touched.add(group);
    read(no, no);
  };

  return {
    lookAt(handles) {
      for (const handle of handles) {
        if (byName.has(nameOf(handle))) continue;
        const no = find.get(handle) as number | undefined;
        if (no !== undefined) readAround(no);
      }
    },
    take(handle) {
      const known = byName.get(nameOf(handle));
      if (!known) return undefined;
      remove(known);
      return known;
    },
    dropService(serviceNo) {
      const known = byService.get(serviceNo);
      if (known) remove(known);
    },
    drop() {
      byName.clear();
      byService.clear();
    },
  };
}

const nameOf = (handle: Buffer) => handle.toString('hex');
