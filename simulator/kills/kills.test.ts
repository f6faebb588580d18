// The real program killed with SIGKILL under load, at seeded moments: at a time, or at one of its own writes to the
// database, half of it written. PROOF_KILL_ROUNDS sets how many rounds, PROOF_KILL_SEED=<seed> repeats a hall. Process
// death only; a power cut is more.
import { describe, expect, it } from 'vitest';
import { needs } from '../../scripts/testing/needs.ts';
import { seededRandom } from '../people/random.ts';
import {
  accountOfDatabase,
  backlog,
  effectiveEvaluations,
  evaluationsAtProvince,
  sorted,
} from './account.ts';
import { nextKill, planText } from './kill-plan.ts';
import { type KilledHall, openKilledHall } from './killed-hall.ts';

const ROUNDS = Number(process.env.PROOF_KILL_ROUNDS ?? 3);
/** Then upstream catches up and a new hall opens: a round's check reads all of its database. */
const ROUNDS_OF_A_HALL = 20;
const ROUND_LIMIT_MS = 30_000;
const DRAIN = { timeout: 60_000, interval: 50 };
/** Side by side: while one gateway starts, which is most of a round, another one is under load. */
const HALLS_AT_ONCE = 3;
const FIRST_SEED = Number(process.env.PROOF_KILL_SEED ?? 1);
const halls = Array.from(
  { length: process.env.PROOF_KILL_SEED ? 1 : Math.ceil(ROUNDS / ROUNDS_OF_A_HALL) },
  (_, index) => ({
    seed: FIRST_SEED + index,
    rounds: Math.min(ROUNDS_OF_A_HALL, ROUNDS - index * ROUNDS_OF_A_HALL),
  }),
);
const groups = Array.from({ length: Math.ceil(halls.length / HALLS_AT_ONCE) }, (_, index) => {
  const together = halls.slice(index * HALLS_AT_ONCE, (index + 1) * HALLS_AT_ONCE);
  const kills = together.reduce((sum, { rounds }) => sum + rounds, 0);
  return { kills, seeds: together.map(({ seed }) => seed).join(', '), together };
});
const gcc = needs('gcc');

const nothingWrong = { integrity: 'ok', findings: [], lost: [], doubled: [], invented: [] };
const accountOf = (hall: KilledHall, dataFolder: string) =>
  accountOfDatabase({ ...hall, dataFolder, hall: 'test-hall' });

async function playHall({ seed, rounds }: { seed: number; rounds: number }): Promise<void> {
  const random = seededRandom(seed, 'kills');
  const hall = await openKilledHall(seed);
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const plan = nextKill(random);
      const wasReady = await hall.round(plan);
      const killed = `seed ${seed}, round ${round}, ${planText(plan)}${wasReady ? '' : ', before it was ready'}`;
      expect(accountOf(hall, hall.copyOfData()), killed).toMatchObject(nothingWrong);
    }
    const exitCode = await hall.settle(async () => {
      await expect
        .poll(() => hall.journals.filter(({ acknowledged, newest }) => acknowledged < newest).length, DRAIN)
        .toBe(0);
      await expect.poll(() => backlog(hall.dataFolder), DRAIN).toEqual({ waiting: 0, refused: 0 });
    });
    expect(exitCode).toBe(0);
    const account = accountOf(hall, hall.dataFolder);
    const pressed = hall.journals.reduce((sum, { newest }) => sum + newest, 0);
    expect(account).toMatchObject({ ...nothingWrong, records: pressed });
    const expected = sorted(hall.expected);
    expect(expected.length).toBeGreaterThan(0);
    expect(effectiveEvaluations(hall.dataFolder)).toEqual(expected);
    expect(evaluationsAtProvince(hall.provinceFile)).toEqual(expected);
    expect(hall.troubles).toEqual([]);
  } finally {
    await hall.end();
  }
}

describe.skipIf(gcc.skip)('a gateway that is killed under load', () => {
  it.each(groups)(
    gcc.title(
      'has every record it promised once after each of $kills kills, and the province has in the end what counts (seeds $seeds)',
    ),
    async ({ together }) => {
      await Promise.all(together.map(playHall));
    },
    60_000 + HALLS_AT_ONCE * ROUNDS_OF_A_HALL * ROUND_LIMIT_MS,
  );
});
