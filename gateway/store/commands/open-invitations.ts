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

/** `untilMs` is 0 where its case runs, null where it is not ordinary. */
type Row = [invitationNo: number, handle: string, serviceNo: number, untilMs: number | null];
interface Known extends OpenInvitation {
  /** The halves of its handle, as the signed numbers that are the cheapest to look up by. */
  high: number;
  low: number;
}

export function makeOpenInvitations(database: Database.Database): OpenInvitations {
  const find = database.prepare('SELECT no FROM invitation_record WHERE handle = ?').pluck();
  // Once anything counted for a service, its evaluation has a row of the outbox, for ever. Whatever was made for one
  // since its case was completed, and did not count, was made after the end of its term: the first press before that
  // end counts by itself, and the service has no batch but that of its invitation. One text for all rows: each by
  // itself, a blob in it, was measured to cost four times as much.
  const readRange = database
    .prepare(
      `SELECT group_concat('[' || v.no || ',"' || hex(v.handle) || '",' || t.service_no || ','
         || CASE WHEN t.evaluation_outbox IS NOT NULL OR t.effective_press IS NOT NULL OR t.default_fact IS NOT NULL
              THEN 'null'
            WHEN t.closed = 1 THEN coalesce((SELECT c.term_ends_ms FROM service_record r
              JOIN case_record c USING (project_no) WHERE r.no = t.service_no), 'null')
            WHEN t.due_ms IS NULL THEN 0 ELSE 'null' END || ']')
       FROM invitation_record v CROSS JOIN invitation_state n ON n.invitation_no = v.no
         CROSS JOIN invitation_item i ON i.invitation_no = v.no CROSS JOIN service_state t ON t.service_no = i.service_no
       WHERE v.no BETWEEN ? AND ? AND n.state = 'open' AND n.press IS NULL`,
    )
    .pluck();
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
    const rows = JSON.parse(`[${(readRange.get(first, last) as string | null) ?? ''}]`) as Row[];
    for (let at = 0; at < rows.length; ) {
      const [no, handle, , ends] = rows[at]!;
      const services: number[] = [];
      let allRun = true;
      for (; rows[at]?.[0] === no; at += 1) {
        services.push(rows[at]![2]);
        allRun &&= rows[at]![3] === 0;
      }
      if (!allRun && (services.length > 1 || ends === null)) continue;
      const untilMs = allRun ? undefined : (ends ?? undefined);
      add({ no, services, untilMs, high: halfOf(handle, 0), low: halfOf(handle, 8) });
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

/** Eight hexadecimal digits as `readInt32BE` would read their bytes. */
const halfOf = (handle: string, at: number): number => Number.parseInt(handle.slice(at, at + 8), 16) | 0;
