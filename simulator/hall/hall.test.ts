// A small day in virtual time; PROOF_LIVE_MINUTES lets one go by against the real gateway, so many minutes of it.
import { beforeAll, describe, expect, it } from 'vitest';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { needs } from '../../scripts/testing/needs.ts';
import type { FirmwareImage } from '../engine.ts';
import { DAY_MS, type Plan } from '../faults/plan.ts';
import { describeFailure } from '../faults/report.ts';
import { runFolder } from '../faults/run-folder.ts';
import { planDay } from './plan-day.ts';
import { runDay } from './run-day.ts';
import { runLive } from './run-live.ts';

const MINUTE_MS = 60_000;
const LIVE_MINUTES = Number(process.env.PROOF_LIVE_MINUTES ?? 0);
const LIMIT_MS = 180_000;
const gcc = needs('gcc');
let firmware: FirmwareImage;
beforeAll(async () => {
  firmware = await loadFirmwareImage('linux');
}, LIMIT_MS);

/** The day's first minutes; whoever comes later stays away. */
function shortened(plan: Plan, minutes: number): Plan {
  const closesMs = plan.opensMs + minutes * MINUTE_MS;
  const visits = plan.visits.filter(({ atMs, serviceMs }) => atMs + serviceMs < closesMs - MINUTE_MS);
  return { ...plan, closesMs, visits, pause: undefined };
}

const DAY = { seed: 7, windows: 1, day: '2026-02-13' };

describe('a day of a hall', () => {
  it('is full of people who queue, and the same for the same seed', () => {
    const plan = planDay({ ...DAY, windows: 40 });
    expect(planDay({ ...DAY, windows: 40 })).toEqual(plan);
    expect(plan.visits.length).toBeGreaterThan(40 * 40);
    expect(plan.visits.some(({ cases }) => cases > 1)).toBe(true);
    expect(plan.visits.some(({ isTransferred }) => isTransferred)).toBe(true);
    expect(plan.visits.every(({ serviceMs }) => serviceMs >= 2 * MINUTE_MS)).toBe(true);
  });

  it.skipIf(gcc.skip)(
    gcc.title('leaves every press at the province, and the same trace again'),
    async () => {
      const lines: string[][] = [[], []];
      const play = (kept: string[]) =>
        runDay({
          plan: shortened(planDay(DAY), 40),
          folder: runFolder(),
          firmware,
          onLine: (line) => kept.push(line),
        });
      const { result, report } = await play(lines[0]!);
      expect(result.findings, describeFailure(result)).toEqual([]);
      expect(report!.presses).toBeGreaterThan(0);
      // Of the cases that were completed earlier: their terms end with this day.
      expect(report!.defaults).toBe(2);
      expect(report!.virtualSeconds).toBeGreaterThan(DAY_MS / 1000);
      expect(report!.openHours.virtualSeconds).toBe(40 * 60);
      expect(report!.keyToProvince.longestMs).toBeGreaterThan(report!.keyToRecord.medianMs);
      const again = await play(lines[1]!);
      expect(again.result.hash).toBe(result.hash);
      expect(lines[1]).toEqual(lines[0]);
    },
    LIMIT_MS,
  );

  it.skipIf(LIVE_MINUTES === 0)(
    `is played against the real gateway${LIVE_MINUTES === 0 ? ' (skipped: needs PROOF_LIVE_MINUTES)' : ''}`,
    async () => {
      const plan = shortened(planDay({ ...DAY, windows: 2 }), LIVE_MINUTES);
      const said: string[] = [];
      const report = await runLive({
        plan: { ...plan, visits: plan.visits.map((visit) => ({ ...visit, isExcluded: false })) },
        speed: 60,
        pagePort: undefined,
        untilMs: plan.closesMs,
        say: (sentence) => said.push(sentence),
        stop: new AbortController().signal,
      });
      expect(report.presses, said.join('\n')).toBeGreaterThan(0);
      expect(report.drained).toBe(true);
      expect(report.committed).toBe(report.presses);
    },
    LIMIT_MS,
  );
});
