// For questions that are asked every few seconds and mostly find nothing: while no other connection has committed
// anything, what found nothing finds nothing again, and is not asked. For connections that only read.
import type Database from 'better-sqlite3';

export type UnlessNothingNew = <Given extends unknown[], Row>(
  ask: (...given: Given) => Row[],
) => (...given: Given) => Row[];

export function makeUnlessNothingNew(database: Database.Database): UnlessNothingNew {
  const version = database.prepare('PRAGMA data_version').pluck();
  return (ask) => {
    /** What was asked and found nothing, as the file was at `seen`. */
    const foundNothing = new Set<string>();
    let seen: unknown;
    return (...given) => {
      // Before it is asked: what is committed meanwhile counts as new.
      const now = version.get();
      if (now !== seen) foundNothing.clear();
      seen = now;
      const question = JSON.stringify(given);
      if (foundNothing.has(question)) return [];
      const rows = ask(...given);
      if (rows.length === 0) foundNothing.add(question);
      return rows;
    };
  };
}
