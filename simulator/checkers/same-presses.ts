// Invariant 6: every level costs the applicant the same number of presses, and the same time until the thanks.
import { LEVELS } from '../../protocol/constants.ts';
import type { Checker, Finding } from '../world/artefacts.ts';

/** Below it a level tells nothing: a key that showed nothing is pressed again. */
const PRESSES_TO_JUDGE = 3;
/** Between levels; a key is looked at every few milliseconds, and writing to flash may have to erase first. */
const THANKS_TOLERANCE_MS = 1000;

export const samePresses: Checker = {
  name: 'same-presses',
  check(run) {
    const findings: Finding[] = [];
    const costs = LEVELS.flatMap((level) => {
      const presses = run.thanked.filter((press) => press.level === level);
      if (presses.length < PRESSES_TO_JUDGE) return [];
      return {
        level,
        keys: Math.min(...presses.map(({ keys }) => timesPressed(keys))),
        thanksMs: Math.min(...presses.map(({ pressedMs, thankedMs }) => thankedMs - pressedMs)),
      };
    });
    const least = Math.min(...costs.map(({ keys }) => keys));
    const soonestMs = Math.min(...costs.map(({ thanksMs }) => thanksMs));
    for (const { level, keys, thanksMs } of costs) {
      if (keys > least)
        findings.push({ invariant: 6, what: `Level ${level} took ${keys} presses, others ${least}` });
      if (thanksMs > soonestMs + THANKS_TOLERANCE_MS)
        findings.push({
          invariant: 6,
          what: `Level ${level} was thanked for after ${thanksMs} ms, others ${soonestMs}`,
        });
    }
    for (const { device, seq, level, keys, thankedMs } of run.thanked)
      if (keys.at(-1) !== level)
        findings.push({
          invariant: 6,
          what: `Press ${device}/${seq}: level ${level}, last key ${keys.at(-1)}`,
          atMs: thankedMs,
        });
    return findings;
  },
};

/** How often its level's key was pressed for it: whoever changes their mind presses another one before. */
function timesPressed(keys: readonly number[]): number {
  return keys.length - 1 - keys.findLastIndex((key) => key !== keys.at(-1));
}
