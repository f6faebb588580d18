// What the writer keeps in memory of invitations on which an ordinary press may fall: open ones whose services nobody
// has evaluated, and whose cases run or, of a single service, have a term. Filled when one is made or a press names it,
// so that the many presses of a busy hour are not read for one by one; whatever changes a service takes its invitation
// out, and every rollback all of them.
import type Database from 'better-sqlite3';

export interface OpenInvitation {
  no: number;
  /** Numbers. */
  services: number[];
  /** End of the term, if the case was completed: a press from then on is not ordinary. */
  untilMs: number | undefined;
}

export interface OpenInvitations {
  /** Nothing may wait to be written. Reads it unless it is known. */
  lookAt(handle: Buffer): void;
  /** For a press made then; undefined if it is not ordinary. The invitation is not known any more afterwards. */
  take(handle: Buffer, pressedMs: number): OpenInvitation | undefined;
  /** Something was changed about the service. */
  dropService(serviceNo: number): void;
  drop(): void;
}

/** About 200 bytes each. The oldest leave first, and are read again when their press comes. */
export const KNOWN_LIMIT_INVITATIONS = 20_000;
/**
 * Those made one after the other lie together and are pressed at about the same time. The second press among so many
 * reads all of them that are open, at a third of what each costs by itself; in a quiet hour each is read alone.
 */
const NEIGHBOURS = 64;
/** Groups of neighbours of which one was read. */
const TOUCHED_LIMIT_GROUPS = 1000;
const HANDLE_BYTES = 8;

/** A blob of all handles, the rest as JSON. `ends` has 0 where the case runs, null where it is not ordinary. */
type Rows = [handles: Buffer, invitations: string, services: string, ends: string];
interface Known extends OpenInvitation {
  /** The halves of its handle, as the signed numbers that are the cheapest to look up by. */
  high: number;
  low: number;
}

export function makeOpenInvitations(database: Database.Database): OpenInvitations {
  const find = database.prepare('SELECT no FROM invitation_record WHERE handle = ?').pluck();
  // Once anything counted for a service, its evaluation has a row of the outbox, for ever. Whatever was made for one
  // since its case was completed, and did not count, was made after the end of its term: the first press before that
  // end counts by itself, and the service has no batch but that of its invitation. One row for all of them: each by
  // itself was measured to cost three times as much.
  const readRange = database
    .prepare(
      `SELECT CAST(group_concat(CAST(v.handle AS TEXT), '') AS BLOB), json_group_array(v.no), json_group_array(t.service_no),
         json_group_array(CASE
           WHEN t.evaluation_outbox IS NOT NULL OR t.effective_press IS NOT NULL OR t.default_fact IS NOT NULL THEN NULL
           WHEN t.closed = 1 THEN (SELECT c.term_ends_ms FROM service_record r
             JOIN case_record c USING (project_no) WHERE r.no = t.service_no)
           WHEN t.due_ms IS NULL THEN 0 END)
       FROM invitation_record v CROSS JOIN invitation_state n ON n.invitation_no = v.no
         CROSS JOIN invitation_item i ON i.invitation_no = v.no CROSS JOIN service_state t ON t.service_no = i.service_no
       WHERE v.no BETWEEN ? AND ? AND n.state = 'open' AND n.press IS NULL`,
    )
    .raw();
  /** By the high half. Of several with the same one only the first is known. */
  const byHigh = new Map<number, Known>();
  const byService = new Map<number, Known>();
  const touched = new Set<number>();

  const knownBy = (handle: Buffer): Known | undefined => {
    const known = byHigh.get(handle.readInt32BE(0));
    return known?.low === handle.readInt32BE(4) ? known : undefined;
  };
  const remove = (known: Known) => {
    byHigh.delete(known.high);
    for (const no of known.services) byService.delete(no);
  };
  const add = (known: Known) => {
    if (byHigh.has(known.high)) return;
    let isShared = false;
    for (const no of known.services) {
      const other = byService.get(no);
      if (!other) continue;
      // The first press on one of them changes the other, which is the rules' affair.
      remove(other);
      isShared = true;
    }
    if (isShared) return;
    if (byHigh.size >= KNOWN_LIMIT_INVITATIONS) remove(byHigh.values().next().value!);
    byHigh.set(known.high, known);
    for (const no of known.services) byService.set(no, known);
  };
  const read = (first: number, last: number) => {
    const [handles, ...others] = readRange.get(first, last) as Rows;
    const [invitations, services, ends] = others.map((text) => JSON.parse(text)) as [
      number[],
      number[],
      (number | null)[],
    ];
    for (let from = 0; from < invitations.length; ) {
      const no = invitations[from]!;
      let to = from;
      let allRun = true;
      for (; invitations[to] === no; to += 1) allRun &&= ends[to] === 0;
      const high = handles.readInt32BE(HANDLE_BYTES * from);
      const low = handles.readInt32BE(HANDLE_BYTES * from + 4);
      const untilMs = allRun ? undefined : ends[from]!;
      if (allRun || (to === from + 1 && untilMs !== null))
        add({ no, services: services.slice(from, to), untilMs: untilMs ?? undefined, high, low });
      from = to;
    }
  };

  return {
    lookAt(handle) {
      if (knownBy(handle)) return;
      const no = find.get(handle) as number | undefined;
      if (no === undefined) return;
      const group = Math.floor(no / NEIGHBOURS);
      if (touched.delete(group)) return read(group * NEIGHBOURS, (group + 1) * NEIGHBOURS - 1);
      if (touched.size >= TOUCHED_LIMIT_GROUPS) touched.clear();
      touched.add(group);
      read(no, no);
    },
    take(handle, pressedMs) {
      const known = knownBy(handle);
      if (!known || (known.untilMs !== undefined && pressedMs >= known.untilMs)) return undefined;
      remove(known);
      return known;
    },
    dropService(serviceNo) {
      const known = byService.get(serviceNo);
      if (known) remove(known);
    },
    drop() {
      byHigh.clear();
      byService.clear();
    },
  };
}
