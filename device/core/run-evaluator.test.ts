import { describe, expect, it } from 'vitest';
import { CHANGE_WINDOW_MS, NO_HANDLE } from '../../protocol/constants.ts';
import type { AppendResult } from '../contracts.ts';
import { createFlashWorld, mountWorld, pressOf } from '../flash/testing/flash-world.ts';
import { createFakeTimers } from '../mqtt/testing/fake-timers.ts';
import { stateAtBoot, THANKS_MS } from './evaluator.ts';
import { knownAtBoot, LOOK_BACK_RECORDS, lastEvaluated } from './known-at-boot.ts';
import { createEvaluator } from './run-evaluator.ts';

const journal = {
  acked: 0,
  oldest: 1,
  next: 1,
  unsent: 0,
  capacity: 100,
  missing: [] as [number, number][],
  flashErrors: 0,
};
const image = { w: 8, h: 1, d: 'gA==' };
const card = {
  invitation: '1'.repeat(16),
  staff: 'a'.repeat(16),
  termSeconds: 600,
  matter: image,
  who: image,
};

function start(broken: { append?: boolean; sound?: boolean; show?: boolean }) {
  const timers = createFakeTimers();
  const evaluator = createEvaluator(
    {
      timers,
      feedback: {
        lights: () => undefined,
        sound() {
          if (broken.sound) throw new Error('sound');
        },
      },
      wallMs: () => 0,
      boot: 1,
      gen: 1,
      append(): AppendResult {
        if (broken.append) throw new Error('flash');
        return { ok: true, seq: 1 };
      },
      journalState: () => journal,
      show() {
        if (broken.show) throw new Error('screen');
      },
      tell: () => undefined,
      reboot: () => undefined,
    },
    stateAtBoot(knownAtBoot({ evaluated: NO_HANDLE, journal, flashFailed: false }), true),
  );
  return { timers, evaluator };
}

describe('an evaluator with a part that fails', () => {
  it('shows a fault, and no thanks, when writing a record throws', () => {
    const { timers, evaluator } = start({ append: true });
    evaluator.onCard(card);
    evaluator.onKey(3, true, 0);
    timers.advance(CHANGE_WINDOW_MS);
    expect(evaluator.state()).toMatchObject({ name: 'fault', known: { fault: 'flash' } });
  });

  it('writes the press and comes back to rest although every sound throws', () => {
    const { timers, evaluator } = start({ sound: true });
    expect(() => evaluator.onCard(card)).toThrow('sound');
    expect(() => evaluator.onKey(3, true, 0)).toThrow('sound');
    expect(() => timers.advance(CHANGE_WINDOW_MS)).toThrow('sound');
    expect(evaluator.state().name).toBe('thanks');
    timers.advance(THANKS_MS);
    expect(evaluator.state().name).toBe('idle');
  });

  it('goes on ticking although the screen throws', () => {
    const { timers, evaluator } = start({ show: true });
    expect(() => evaluator.start()).toThrow('screen');
    expect(() => timers.advance(5000)).toThrow('screen');
    expect(timers.pending).toBe(1);
  });
});

describe('the last invitation that has its record', () => {
  const unlinked = { ...pressOf(1), invitation: new Uint8Array(8) };

  it('is found at boot behind presses without an invitation', () => {
    const { journal } = mountWorld(createFlashWorld(4096));
    expect(lastEvaluated(journal)).toBe(NO_HANDLE);
    journal.append({ ...pressOf(1), invitation: new Uint8Array(8).fill(0x11) });
    for (let count = 1; count < LOOK_BACK_RECORDS; count++) journal.append(unlinked);
    expect(lastEvaluated(journal)).toBe('1'.repeat(16));
    journal.append(unlinked);
    expect(lastEvaluated(journal)).toBe(NO_HANDLE);
  });
});
