import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFlashWorld, mountStore, testIdentity } from '../flash/testing/flash-world.ts';
import { choose, confirm, giveUp, hasReturned, isOnTrial, slotToStart, TRIAL_STARTS } from './slot-choice.ts';

function makeStore() {
  const world = createFlashWorld(4096);
  mountStore(world).writeIdentity(testIdentity);
  return { world, again: () => mountStore(world) };
}

describe('the choice of the firmware slot', () => {
  it('is slot a on a new board, and also where no identity is there to count in', () => {
    expect(slotToStart(makeStore().again())).toBe('a');
    const blank = mountStore(createFlashWorld(4096));
    expect(slotToStart(blank)).toBe('a');
    expect(choose(blank, 'b')).toBe(false);
    expect(slotToStart(blank)).toBe('a');
  });

  it('puts a new version on trial for three starts and comes back to the old one by itself', () => {
    const { again } = makeStore();
    choose(again(), 'b');
    const started = Array.from({ length: TRIAL_STARTS + 2 }, () => slotToStart(again()));
    expect(started).toEqual(['b', 'b', 'b', 'a', 'a']);
    expect(hasReturned(again())).toBe(true);
    expect(isOnTrial(again())).toBe(false);
  });

  it('keeps a confirmed version for good, and tries the other slot next', () => {
    const { again } = makeStore();
    choose(again(), 'b');
    expect(slotToStart(again())).toBe('b');
    confirm(again(), 'b');
    for (let start = 0; start < 10; start++) expect(slotToStart(again())).toBe('b');
    choose(again(), 'a');
    expect(slotToStart(again())).toBe('a');
    giveUp(again());
    expect(slotToStart(again())).toBe('b');
  });

  it('follows what runs when a person wrote a slot over the serial line', () => {
    const { again } = makeStore();
    choose(again(), 'b');
    confirm(again(), 'b');
    confirm(again(), 'a');
    expect(slotToStart(again())).toBe('a');
  });

  it('outlasts provisioning, for the same device and as another one', () => {
    const { again } = makeStore();
    choose(again(), 'b');
    confirm(again(), 'b');
    again().writeIdentity({ ...testIdentity, gen: 2 });
    expect(slotToStart(again())).toBe('b');
    again().writeIdentity({ ...testIdentity, handle: new Uint8Array(8) });
    expect(slotToStart(again())).toBe('b');
  });

  it('starts only what is chosen and not given up, or else what was confirmed last, whatever happened before', () => {
    const step = fc.constantFrom('choose a', 'choose b', 'confirm', 'give up', 'start');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { again } = makeStore();
        let confirmed = 'a';
        let trial: string | undefined;
        let left = 0;
        let running: 'a' | 'b' = 'a';
        for (const what of steps) {
          const store = again();
          if (what === 'choose a' || what === 'choose b') {
            trial = what.at(-1)!;
            left = TRIAL_STARTS;
            choose(store, trial as 'a');
          } else if (what === 'confirm') {
            if (trial !== undefined && trial !== running) continue;
            confirm(store, running);
            confirmed = running;
            trial = undefined;
          } else if (what === 'give up') {
            giveUp(store);
            trial = undefined;
          } else {
            if (trial !== undefined && left-- === 0) trial = undefined;
            running = slotToStart(store);
            expect(running).toBe(trial ?? confirmed);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
