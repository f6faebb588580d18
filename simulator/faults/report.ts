// What a person reads of runs: progress, a broken invariant with what led to it and the command that repeats it, and the
// account at the end. Prints nothing by itself.
import { ALL_MARKS } from './marks.ts';
import type { RunResult } from './run-plan.ts';

export interface Account {
  seeds: number;
  failed: number[];
  /** Of all seeds, and of the one with the fewest. */
  presses: number;
  fewestPresses: number;
  virtualSeconds: number;
  wallSeconds: number;
  /** Marks that no seed reached. */
  marksMissed: string[];
}

export function describeFailure({ seed, findings, lastLines, presses, faults }: RunResult): string {
  const shown = findings.slice(0, FINDINGS_SHOWN);
  return [
    `Seed ${seed} broke ${findings.length === 1 ? 'an invariant' : `${findings.length} invariants`} (${presses} presses, ${faults} faults):`,
    ...shown.map(({ checker, invariant, what }) => `  ${checker}, invariant ${invariant}: ${what}`),
    ...(findings.length > shown.length ? [`  and ${findings.length - shown.length} more`] : []),
    'The last that happened:',
    ...lastLines.map((line) => `  ${line}`),
    'The same again, with all that happened:',
    `  npm run sim -- faults --seeds ${seed} --trace run.trace`,
    'A smaller run that still fails:',
    `  npm run sim -- shrink ${seed}`,
  ].join('\n');
}

const FINDINGS_SHOWN = 10;

export function describeAccount({
  seeds,
  failed,
  presses,
  virtualSeconds,
  wallSeconds,
  marksMissed,
}: Account): string {
  const days = Math.round(virtualSeconds / 86_400);
  const found = failed.length === 0 ? 'no invariant broken' : `broken invariants: seeds ${failed.join(', ')}`;
  const all = Object.keys(ALL_MARKS).length;
  const missed = marksMissed.map((name) => `\n  not reached: ${name}, ${ALL_MARKS[name]}`).join('');
  return `${seeds} seeds, ${days} virtual days with ${presses} presses in ${Math.round(wallSeconds)} s: ${found}. ${all - marksMissed.length} of ${all} marks reached.${missed}`;
}
