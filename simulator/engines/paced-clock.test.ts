import { describe, expect, it } from 'vitest';
import { createPacedClock } from './paced-clock.ts';

const paced = (speed: number) => createPacedClock({ beginsMs: 1_000_000, startMs: 500, speed });
const waits = (clock: ReturnType<typeof paced>, delayMs: number) =>
  new Promise<number>((resolve) => void clock.after(delayMs, () => resolve(clock.monotonicMs())));

describe('a clock that goes faster than the machine', () => {
  it('lets a minute pass in a fraction of a second, and no timer run before its time', async () => {
    const clock = paced(600);
    const fromMs = clock.monotonicMs();
    const beganMs = performance.now();
    expect(await waits(clock, 60_000)).toBeGreaterThanOrEqual(fromMs + 60_000);
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(99);
    expect(clock.wallMs()).toBeGreaterThanOrEqual(1_060_500);
  });

  it('hurries timers that wait when it is hurried, and keeps the time it has told', async () => {
    const clock = paced(1);
    const hour = waits(clock, 3_600_000);
    const before = clock.monotonicMs();
    clock.setSpeed(36_000);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before);
    expect(await hour).toBeGreaterThanOrEqual(3_600_000);
  });

  it('counts little of the time in which the process does not get its turn', async () => {
    const clock = paced(100);
    await waits(clock, 1000);
    const fromMs = clock.monotonicMs();
    const until = performance.now() + 300;
    while (performance.now() < until) Math.sqrt(fromMs);
    expect(clock.monotonicMs() - fromMs).toBeLessThanOrEqual(3000);
    expect(await waits(clock, 1000)).toBeGreaterThanOrEqual(fromMs + 1000);
  });

  it('forgets a timer that was taken back', async () => {
    const clock = paced(1000);
    let ran = false;
    clock.after(1000, () => {
      ran = true;
    })();
    await waits(clock, 5000);
    expect(ran).toBe(false);
  });
});
