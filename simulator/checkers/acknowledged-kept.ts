// Invariant 1, from the evaluators' side: what one was acknowledged was on the gateway's disk by then. One that says
// it was acknowledged more than the database holds begins an epoch there, and gets back what it lacks while it still
// lies in flash; that must not hide how it came about, unless an older copy was put back.
import type { Checker } from '../world/artefacts.ts';
import { databaseOf } from './artefacts/read-database.ts';

export const acknowledgedKept: Checker = {
  name: 'acknowledged-kept',
  check(run) {
    if (run.restores.length > 0) return [];
    return databaseOf(run)
      .facts.filter(({ kind }) => kind === 'epoch.begun')
      .map(({ id, atMs, body }) => ({
        invariant: 1,
        what: `Fact ${id}: an evaluator was acknowledged what the database does not hold: ${JSON.stringify(body)}`,
        atMs,
      }));
  },
};
