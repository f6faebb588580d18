import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHANGE_WINDOW_MS,
  FLAG_CHANGED,
  FLAG_CLOCK_SET,
  FLAG_OFFLINE,
  FLAG_UNLINKED,
  LEVELS,
  type Level,
  NO_HANDLE,
} from '../../protocol/constants.ts';
import type { DeskState, ShownCard } from '../contracts.ts';
import { type BallotState, CHANGE_LIMIT, next, rest, type State } from './evaluator.ts';
import type { EvaluatorEvent } from './events.ts';
import type { Known } from './known.ts';

const image = (d: string) => ({ w: 8, h: 1, d });
const card = (invitation: string, termSeconds = 600): ShownCard => ({
  invitation: invitation.repeat(16),
  staff: 'a'.repeat(16),
  termSeconds,
  matter: image(invitation),
  who: image('who'),
});
const desk = (changes: Partial<DeskState> = {}): DeskState => ({
  staff: 'b'.repeat(16),
  paused: false,
  unlinked: false,
  place: image('place'),
  who: image('desk'),
  ...changes,
});
const known = (changes: Partial<Known> = {}): Known => ({
  desk: desk(),
  card: undefined,
  evaluated: NO_HANDLE,
  link: 'online',
  full: false,
  nearlyFull: false,
  fault: undefined,
  ...changes,
});
const key = (level: Level, uptimeMs = 1000, wallMs = 5000): EvaluatorEvent => ({
  type: 'key',
  level,
  uptimeMs,
  wallMs,
});
const withCard = known({ card: card('1') });
const onCard: State = { name: 'card', known: withCard };
const chosen = next(onCard, key(2)).state as BallotState;
const writing = next(chosen, { type: 'timer' }).state as BallotState;
const written = { type: 'written', seq: 7, invitation: '1'.repeat(16) } as const;
const thanks = next(writing, written).state as BallotState;

const states: Record<string, State> = {
  unprovisioned: { name: 'unprovisioned', known: known({ desk: undefined }) },
  idle: { name: 'idle', known: known() },
  unlinked: { name: 'idle', known: known({ desk: desk({ unlinked: true }) }) },
  card: onCard,
  chosen,
  writing,
  thanks,
  paused: { name: 'paused', known: known({ desk: desk({ paused: true }) }) },
  full: { name: 'full', known: known({ full: true }) },
  fault: { name: 'fault', known: known({ fault: 'flash' }) },
};
const events: Record<string, EvaluatorEvent> = {
  card: { type: 'card', card: card('2') },
  again: { type: 'card', card: card('1') },
  cancel: { type: 'cancel', invitation: '1'.repeat(16) },
  pause: { type: 'desk', desk: desk({ paused: true }) },
  resume: { type: 'desk', desk: desk() },
  link: { type: 'link', link: 'no-gateway' },
  key: key(5),
  timer: { type: 'timer' },
  written,
  failFull: { type: 'failed', code: 'journal.full' },
  failFlash: { type: 'failed', code: 'journal.flash' },
  full: { type: 'journal', full: true, nearlyFull: true },
  room: { type: 'journal', full: false, nearlyFull: false },
  fault: { type: 'fault', fault: 'start' },
};

// `=`: nothing at all changes. `~`: the same state, but more is known. A name: the state it becomes.
const table = `
  state         card   again  cancel pause  resume link   key    timer   written failFull failFlash full   room   fault
  unprovisioned =      =      =      =      =      =      =      =       =       =        =         =      =      =
  idle          card   card   =      paused ~      ~      =      =       ~       full     fault     full   =      fault
  unlinked      card   card   =      paused ~      ~      chosen =       ~       full     fault     full   =      fault
  card          card   =      idle   paused ~      ~      chosen idle    idle    full     fault     full   =      fault
  chosen        ~      =      ~      ~      ~      ~      chosen writing ~       ~        ~         ~      =      ~
  writing       ~      =      ~      ~      ~      ~      =      =       thanks  full     fault     ~      =      ~
  thanks        ~      =      =      ~      ~      ~      =      idle    ~       ~        ~         ~      =      ~
  paused        ~      ~      =      ~      idle   ~      =      =       ~       full     fault     full   =      fault
  full          ~      ~      =      ~      ~      ~      =      =       ~       ~        fault     ~      idle   fault
  fault         ~      ~      =      ~      ~      ~      =      =       ~       ~        ~         ~      =      ~
`;
const [header, ...rows] = table
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));

describe('the evaluator', () => {
  for (const row of rows) {
    it(`answers everything that can happen while ${row[0]} as the table says`, () => {
      const state = states[row[0]!]!;
      row.slice(1).forEach((expected, index) => {
        const name = header![index + 1]!;
        const step = next(state, events[name]!);
        const change =
          step.state === state
            ? '='
            : step.state.name === state.name && expected === '~'
              ? '~'
              : step.state.name;
        expect(`${name} ${change}`).toBe(`${name} ${expected}`);
      });
    });
  }

  it('names every event in its table', () => {
    expect(header!.slice(1).sort()).toEqual(Object.keys(events).sort());
    expect(rows.map((row) => row[0]).sort()).toEqual(Object.keys(states).sort());
  });

  it('asks the same of every level and answers each alike', () => {
    for (const level of LEVELS) {
      const step = next(onCard, key(level));
      expect(step.state.name).toBe('chosen');
      expect(step.effects).toEqual([
        { do: 'timer', ms: CHANGE_WINDOW_MS },
        { do: 'lights', mask: 1 << (level - 1) },
        { do: 'sound', name: 'key' },
      ]);
    }
  });

  it('dates the record by the last key and marks that it was changed', () => {
    const changed = next(chosen, key(4, 2500, 6500)).state as BallotState;
    expect(changed.ballot).toMatchObject({ level: 4, uptimeMs: 2500, wallMs: 6500, changes: 1 });
    expect(changed.ballot.flags).toBe(FLAG_CHANGED | FLAG_CLOCK_SET);
    expect(next(changed, key(4, 3000)).state).toBe(changed);
  });

  it('takes only so many changes of mind, so that no press stays unwritten for ever', () => {
    let state: State = chosen;
    for (let count = 0; count < 3 * CHANGE_LIMIT; count++) state = next(state, key(count % 2 ? 3 : 4)).state;
    expect((state as BallotState).ballot.changes).toBe(CHANGE_LIMIT);
    expect(next(state, { type: 'timer' }).effects[0]).toMatchObject({ do: 'append' });
  });

  it('keeps the press for what was on the screen, whatever the network says after the first key', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('card', 'again', 'cancel', 'pause', 'resume', 'link', 'full'), {
          maxLength: 12,
        }),
        (names) => {
          let state: State = chosen;
          for (const name of names) state = next(state, events[name]!).state;
          expect(state.name).toBe('chosen');
          const step = next(state, { type: 'timer' });
          expect(step.effects).toEqual([{ do: 'append', ballot: chosen.ballot }]);
          expect((step.state as BallotState).shown).toBe(chosen.shown);
        },
      ),
    );
  });

  it('applies what the network said last once the record is written and thanked for', () => {
    let state: State = chosen;
    for (const name of ['pause', 'card', 'timer', 'written'] as const)
      state = next(state, events[name]!).state;
    expect(state.name).toBe('thanks');
    const after = next(state, { type: 'timer' }).state;
    expect(after.name).toBe('paused');
    expect(next(after, events.resume!).state).toMatchObject({ name: 'card', known: { card: card('2') } });
  });

  it('thanks only for what is written', () => {
    expect(next(chosen, { type: 'timer' }).effects).not.toContainEqual({ do: 'sound', name: 'thanks' });
    expect(next(writing, written).effects).toContainEqual({ do: 'thanked', seq: 7 });
    const failed = next(writing, { type: 'failed', code: 'journal.flash' });
    expect(failed.effects).toContainEqual({ do: 'sound', name: 'refused' });
    expect(failed.effects.some((effect) => effect.do === 'thanked')).toBe(false);
  });

  it('does not show a card again that has its record, although the gateway sends it again', () => {
    const idle = next(thanks, { type: 'timer' }).state;
    expect(idle.name).toBe('idle');
    expect(next(idle, events.again!).state).toBe(idle);
  });

  it('shows a card at least 20 seconds', () => {
    const short = rest(known({ card: card('3', 5) }));
    expect(short.effects).toContainEqual({ do: 'timer', ms: 20_000 });
  });

  it('leaves the term of a card alone when only the link changes', () => {
    expect(next(onCard, events.link!).effects).toEqual([]);
  });

  it('takes a press without an invitation only where allowed and for who is signed in', () => {
    const taken = next(states.unlinked!, key(3)).state as BallotState;
    expect(taken.ballot).toMatchObject({ invitation: NO_HANDLE, staff: 'b'.repeat(16) });
    expect(taken.ballot.flags & FLAG_UNLINKED).toBe(FLAG_UNLINKED);
    const nobody: State = {
      name: 'idle',
      known: known({ desk: desk({ unlinked: true, staff: NO_HANDLE }) }),
    };
    for (const state of [nobody, states.idle!])
      expect(next(state, key(3))).toEqual({ state, effects: [{ do: 'sound', name: 'refused' }] });
  });

  it('marks a press made while the gateway is away or before the clock was set', () => {
    const offline: State = { name: 'card', known: { ...withCard, link: 'no-gateway' } };
    expect((next(offline, key(3, 1, 0)).state as BallotState).ballot.flags).toBe(FLAG_OFFLINE);
  });
});
