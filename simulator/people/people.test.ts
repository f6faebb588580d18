import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANGE_WINDOW_MS, LEVELS } from '../../protocol/constants.ts';
import { type ApplicantState, type Errand, nextApplicant, PATIENCE_MS } from './applicant-machine.ts';
import { BRISK_PACE, decisionMaker, EVERYDAY_PACE } from './decisions.ts';
import { createPressRecorder, readChoices } from './press-record.ts';
import { seededRandom } from './random.ts';

const decisions = (seed: number, count: number, pace = EVERYDAY_PACE) => {
  const next = decisionMaker({ random: seededRandom(seed, 'a01'), pace });
  return Array.from({ length: count }, next);
};

describe('the applicants', () => {
  it('do the same again for the same seed, and something else for another', () => {
    expect(decisions(7, 100)).toEqual(decisions(7, 100));
    expect(decisions(7, 100)).not.toEqual(decisions(8, 100));
  });

  it('press every level once in each five presses, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const pressed = decisions(seed, 60).flatMap((decision) => (decision.leaves ? [] : [decision.level]));
        for (let round = 0; round + 5 <= pressed.length; round += 5)
          expect(pressed.slice(round, round + 5).sort()).toEqual([...LEVELS].sort());
      }),
    );
  });

  it('change their mind only to another key and within the change window', () => {
    for (const pace of [EVERYDAY_PACE, BRISK_PACE]) {
      const changed = decisions(3, 400, pace).flatMap((decision) =>
        !decision.leaves && decision.first
          ? [{ ...decision.first, level: decision.level, from: decision.first.level }]
          : [],
      );
      expect(changed.length).toBeGreaterThan(10);
      for (const { level, from, changeAfterMs } of changed) {
        expect(from).not.toBe(level);
        expect(changeAfterMs).toBeLessThan(CHANGE_WINDOW_MS);
      }
    }
  });

  it('leave without pressing now and then', () => {
    const leavers = decisions(5, 400).filter((decision) => decision.leaves).length;
    expect(leavers).toBeGreaterThan(5);
    expect(leavers).toBeLessThan(80);
  });
});

describe('an applicant before the screen', () => {
  const errand: Errand = {
    invitation: 'aa',
    decision: { leaves: false, afterMs: 2000, level: 4, first: { level: 2, changeAfterMs: 900 } },
  };
  const screen = (name: string, invitation?: string) =>
    ({ type: 'screen', screen: { name, invitation } }) as const;
  const arrive = (given: Errand, name = 'idle', invitation?: string) =>
    nextApplicant({ at: 'away' }, { type: 'arrive', errand: given, screen: { name, invitation } });
  const timer = { type: 'timer' } as const;

  function walk(state: ApplicantState, events: Parameters<typeof nextApplicant>[1][]) {
    return events.map((event) => {
      const step = nextApplicant(state, event);
      state = step.state;
      return step.effects;
    });
  }

  it('waits for the own card, presses, thinks better of it, and goes when thanked', () => {
    const start = arrive(errand);
    expect(start.effects).toEqual([{ type: 'wait', ms: PATIENCE_MS }]);
    const steps = walk(start.state, [
      screen('card', 'bb'),
      screen('card', 'aa'),
      timer,
      screen('chosen', 'aa'),
      timer,
      screen('thanks'),
    ]);
    expect(steps).toEqual([
      [],
      [{ type: 'wait', ms: 2000 }],
      [
        { type: 'key', level: 2 },
        { type: 'wait', ms: 1500 },
      ],
      [{ type: 'wait', ms: 900 }],
      [{ type: 'key', level: 4 }],
      [{ type: 'rest' }, { type: 'done', outcome: 'thanked' }],
    ]);
  });

  it('never presses a card that is not the own one', () => {
    const steps = walk(arrive(errand, 'card', 'bb').state, [screen('idle'), screen('card', 'cc'), timer]);
    expect(steps.flat().filter((effect) => effect.type === 'key')).toEqual([]);
    expect(steps.at(-1)).toContainEqual({ type: 'done', outcome: 'gave-up' });
  });

  it('starts anew when the card is taken away and comes back', () => {
    const steps = walk(arrive(errand, 'card', 'aa').state, [screen('paused'), screen('card', 'aa')]);
    expect(steps).toEqual([[{ type: 'wait', ms: PATIENCE_MS }], [{ type: 'wait', ms: 2000 }]]);
  });

  it('presses again when nothing was seen, three times at most', () => {
    const steps = walk(arrive(errand, 'card', 'aa').state, [timer, timer, timer, timer]);
    expect(steps.flat().filter((effect) => effect.type === 'key')).toHaveLength(3);
    expect(steps.at(-1)).toContainEqual({ type: 'done', outcome: 'gave-up' });
  });

  it('leaves the keys to a visitor when not acting, and is content with the visitor’s press', () => {
    const aside = arrive({ invitation: 'aa', decision: undefined }, 'card', 'aa');
    expect(aside.effects).toEqual([{ type: 'rest' }]);
    const steps = walk(aside.state, [timer, screen('chosen', 'aa'), screen('thanks')]);
    expect(steps).toEqual([[], [{ type: 'rest' }], [{ type: 'rest' }, { type: 'done', outcome: 'thanked' }]]);
  });

  it('goes when the screen says that the press cannot be kept', () => {
    const steps = walk(arrive(errand, 'card', 'aa').state, [timer, screen('chosen', 'aa'), screen('full')]);
    expect(steps.at(-1)).toContainEqual({ type: 'done', outcome: 'turned-away' });
  });
});

describe('the people’s own record', () => {
  const record = (act: (recorder: ReturnType<typeof createPressRecorder>) => void) => {
    const folder = mkdtempSync(join(tmpdir(), 'pingjia-people-'));
    const file = join(folder, 'presses.jsonl');
    act(createPressRecorder({ device: 'pj-a01', file }));
    const choices = readChoices(file);
    rmSync(folder, { recursive: true });
    return choices;
  };
  const chosen = { name: 'chosen', invitation: 'aa' };
  const thanks = { name: 'thanks', invitation: 'aa' };
  const idle = { name: 'idle', invitation: undefined };

  it('counts a changed key as one choice, that of the last key', () => {
    const choices = record((recorder) => {
      recorder.onKey(2);
      recorder.onScreen(chosen);
      recorder.onKey(4);
      recorder.onScreen(thanks);
      recorder.onThanked(1);
      recorder.onScreen(idle);
    });
    expect(choices).toEqual([
      { device: 'pj-a01', level: 4, keys: [2, 4], invitation: 'aa', ended: 'thanked', seq: 1 },
    ]);
  });

  it('counts no key that the screen did not answer, and tells who was turned away', () => {
    const choices = record((recorder) => {
      recorder.onKey(3);
      recorder.onScreen(idle);
      recorder.onKey(5);
      recorder.onScreen(chosen);
      recorder.onScreen({ name: 'full', invitation: undefined });
      recorder.onKey(1);
      recorder.onScreen(chosen);
      recorder.onPowerOff();
    });
    expect(choices).toMatchObject([{ ended: 'turned-away', level: 5 }]);
  });
});
