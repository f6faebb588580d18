import { describe, expect, it } from 'vitest';
import { PLANTED_FAULTS, type PlantedFault } from './planted-faults.ts';
import { plantedTexts } from './product-copy.ts';
import { runTeeth } from './teeth-command.ts';

/** So many are looked for, others each day; none without it. */
const SOUGHT = Number(process.env.PROOF_TEETH ?? 0);
const DAY_MS = 86_400_000;
const SEEK_LIMIT_MS = 600_000;

const first = (Math.floor(Date.now() / DAY_MS) * SOUGHT) % PLANTED_FAULTS.length;
const today: PlantedFault[] = [...PLANTED_FAULTS, ...PLANTED_FAULTS].slice(first, first + SOUGHT);

describe('the faults that are planted', () => {
  it('are the 24 of the list, each with a name of its own', () => {
    expect(new Set(PLANTED_FAULTS.map(({ name }) => name)).size).toBe(24);
  });

  it('can all be planted: each text is there exactly once', () => {
    for (const fault of PLANTED_FAULTS) expect(plantedTexts(fault).size).toBeGreaterThan(0);
  });

  it.runIf(SOUGHT > 0)(
    `are found by seeds, ${SOUGHT} of them each day: ${today.map(({ name }) => name).join(', ')}`,
    async () => {
      const lines: string[] = [];
      const code = await runTeeth({
        faults: today,
        seeds: '1..200',
        processes: 2,
        likelyFirst: true,
        out: (line) => lines.push(line),
      });
      expect(code, lines.join('\n')).toBe(0);
    },
    SEEK_LIMIT_MS,
  );
});
