import { describe, expect, it } from 'vitest';
import type { Health } from '../../protocol/messages.ts';
import type { ConnectedDevice } from '../ports.ts';
import { SAMPLE_HEALTH } from '../testing/sample-health.ts';
import { DRIFT_ALARM_PPM, RESETS_A_DAY, watchEvaluators } from './evaluators.ts';

const HOUR_MS = 3_600_000;

function hallOf(): {
  watch: ReturnType<typeof watchEvaluators>;
  tell: (device: string, atMs: number, told: Partial<Health>) => void;
  leave: (device: string) => void;
} {
  let nowMs = 0;
  const connected = new Map<string, ConnectedDevice>();
  const listeners: ((device: ConnectedDevice, health: Health) => void)[] = [];
  const watch = watchEvaluators({
    sessions: {
      connected: () => [...connected.values()],
      onHealth: (listener) => void listeners.push(listener),
    },
    clock: { nowMs: () => nowMs },
  });
  return {
    watch,
    tell(device, atMs, told) {
      nowMs = atMs;
      const health = { ...SAMPLE_HEALTH, n: 1, ...told };
      const session = { device, window: device, boot: 1, conn: 1, hello: undefined, health, seenAtMs: nowMs };
      connected.set(device, session);
      for (const listener of listeners) listener(session, health);
    },
    leave: (device) => void connected.delete(device),
  };
}

describe('what evaluators tell of themselves', () => {
  it('is no trouble while all is well, and else its own', () => {
    const { watch, tell, leave } = hallOf();
    tell('a', 0, { drift: -DRIFT_ALARM_PPM, resets: 40 });
    expect([watch.troubles(), watch.troublesOf('a'), watch.troublesOf('z')]).toEqual([[], [], []]);
    tell('a', 1, { fault: 1, drift: DRIFT_ALARM_PPM + 1 });
    tell('b', 2, { bouncing: [3] });
    tell('c', 3, { stuck: [1] });
    expect(watch.troublesOf('a')).toEqual(['fault', 'clock']);
    expect(watch.troublesOf('b')).toEqual(['keys']);
    expect(watch.troubles()).toEqual(['fault', 'clock', 'keys']);
    leave('a');
    expect([watch.troubles(), watch.troublesOf('a')]).toEqual([['keys'], []]);
  });

  it('becomes trouble with the fifth restart within a day, not with one now and then', () => {
    const { watch, tell } = hallOf();
    for (let day = 0; day < 20; day++) tell('slow', day * 7 * HOUR_MS, { resets: day });
    expect(watch.troublesOf('slow')).toEqual([]);
    tell('fast', 0, { resets: 100 });
    for (let reset = 1; reset < RESETS_A_DAY; reset++) tell('fast', reset * HOUR_MS, { resets: 100 + reset });
    expect(watch.troublesOf('fast')).toEqual([]);
    tell('fast', 6 * HOUR_MS, { resets: 100 + RESETS_A_DAY });
    tell('fast', 7 * HOUR_MS, { resets: 100 + RESETS_A_DAY });
    expect(watch.troublesOf('fast')).toEqual(['resets']);
    tell('fast', 31 * HOUR_MS, { resets: 100 + RESETS_A_DAY });
    expect(watch.troublesOf('fast')).toEqual([]);
    tell('fast', 32 * HOUR_MS, { resets: 0 });
    expect(watch.troublesOf('fast')).toEqual([]);
  });
});
