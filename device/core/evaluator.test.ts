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
import type { DeskState, ReasonsOffer, ShownCard } from '../contracts.ts';
import { type BallotState, CHANGE_LIMIT, isAtRest, next, rest, type State, type Step } from './evaluator.ts';
import type { EvaluatorEvent } from './events.ts';
import type { Known } from './known.ts';
import type { ReasonsState } from './reasons.ts';

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
  photo: undefined,
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
  thanked: undefined,
  offer: undefined,
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

const offer: ReasonsOffer = {
  seq: 7,
  options: [505, 506, 507, 508].map((code) => ({ code, label: image(`${code}`) })),
  layout: () => [],
};
const offered = next(thanks, { type: 'reasons', offer }).state;
const reasons = next(offered, { type: 'timer' }).state as ReasonsState;
const picked = next(reasons, key(5)).state as ReasonsState;

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
  thanked: next(thanks, { type: 'timer' }).state,
  reasons,
  picked,
};
const events: Record<string, EvaluatorEvent> = {
  card: { type: 'card', card: card('2') },
  again: { type: 'card', card: card('1') },
  cancel: { type: 'cancel', invitation: '1'.repeat(16) },
  clear: { type: 'cancel', invitation: NO_HANDLE },
  reasons: { type: 'reasons', offer },
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
  state         card    again   cancel clear  reasons pause   resume link   key     timer   written failFull failFlash full    room   fault
  unprovisioned =       =       =      =      =       =       =      =      =       =       =       =        =         =       =      =
  idle          card    card    =      =      =       paused  ~      ~      =       =       ~       full     fault     full    =      fault
  unlinked      card    card    =      =      =       paused  ~      ~      chosen  =       ~       full     fault     full    =      fault
  card          card    =       idle   idle   =       paused  ~      ~      chosen  idle    idle    full     fault     full    =      fault
  chosen        ~       =       ~      ~      =       ~       ~      ~      ~       writing ~       ~        ~         ~       =      ~
  writing       ~       =       ~      ~      =       ~       ~      ~      =       =       thanks  full     fault     ~       =      ~
  thanks        ~       =       =      =      ~       ~       ~      ~      =       idle    ~       ~        ~         ~       =      ~
  paused        ~       ~       =      =      =       ~       idle   ~      =       =       ~       full     fault     full    =      fault
  full          ~       ~       =      =      =       ~       ~      ~      =       =       ~       ~        fault     ~       idle   fault
  fault         ~       ~       =      =      =       ~       ~      ~      =       =       ~       ~        ~         ~       =      ~
  thanked       card    =       =      =      reasons paused  ~      ~      =       ~       ~       full     fault     full    =      fault
  reasons       card    =       =      =      ~       paused  ~      ~      ~       idle    ~       full     fault     full    =      fault
  picked        writing =       =      =      ~       writing ~      ~      ~       writing ~       writing  writing   writing =      writing
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

  it('costs every level the same presses, also with reasons: the same page, the same keys, the same answers', () => {
    const shape = (step: Step) => ({
      name: step.state.name,
      effects: step.effects.map(({ do: what }) => what),
    });
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<Level | 'timer'>(1, 2, 3, 4, 5, 'timer'), { maxLength: 12 }),
        (acts) => {
          const runs = LEVELS.map((level) => {
            let state = next(onCard, key(level)).state;
            const shapes: unknown[] = [];
            for (const event of [events.timer!, written, events.reasons!, events.timer!])
              state = next(state, event).state;
            for (const act of acts) {
              const step = next(state, act === 'timer' ? events.timer! : key(act));
              state = step.state;
              shapes.push(shape(step));
            }
            return shapes;
          });
          for (const run of runs) expect(run).toEqual(runs[0]);
        },
      ),
    );
  });

  it('writes the marked reasons for the press they are for, three seconds after the last key, and asks once', () => {
    const two = next(next(picked, key(3, 4000, 9000)).state, key(2, 4500, 9500)).state;
    const unmarked = next(two, key(5, 5000, 9900));
    expect(unmarked.effects).toContainEqual({ do: 'timer', ms: 3000 });
    const step = next(unmarked.state, { type: 'timer' });
    const { ballot } = step.state as BallotState;
    expect(step.effects.at(-1)).toEqual({ do: 'append', ballot, reasons: [507, 508] });
    expect(ballot).toMatchObject({ invitation: '1'.repeat(16), level: 2, uptimeMs: 5000, wallMs: 9900 });
    const after = next(step.state, {
      type: 'written',
      seq: 8,
      invitation: '1'.repeat(16),
      reasons: true,
    }).state;
    expect(after.known.thanked).toBeUndefined();
    expect(next(after, { type: 'reasons', offer: { ...offer, seq: 8 } }).state).toBe(after);
  });

  it('is at rest for updates only where nobody is invited, presses, is thanked or may give reasons', () => {
    const atRest = Object.keys(states).filter((name) => isAtRest(states[name]!));
    expect(atRest).toEqual(['unprovisioned', 'idle', 'unlinked', 'paused', 'full', 'fault']);
    const asked = next(next(thanks, { type: 'timer' }).state, { type: 'timer' }).state;
    expect(isAtRest(asked)).toBe(true);
    expect(
      isAtRest({ name: 'paused', known: known({ desk: desk({ paused: true }), card: card('1') }) }),
    ).toBe(false);
  });

  it('leaves the page of reasons at least 20 seconds, and takes silence for no answer', () => {
    const opened = next(offered, { type: 'timer' });
    expect(opened.effects).toContainEqual({ do: 'timer', ms: 20_000 });
    const left = next(opened.state, { type: 'timer' });
    expect(left.state.name).toBe('idle');
    expect(left.effects.some((effect) => effect.do === 'append')).toBe(false);
  });

  it('takes no key that has no option and no more reasons than a record holds', () => {
    const all = {
      ...reasons,
      offer: { ...offer, options: [...offer.options, { code: 509, label: image('x') }] },
    };
    let state: State = all;
    for (const level of [5, 4, 3, 2] as const) state = next(state, key(level)).state;
    expect(next(state, key(1))).toEqual({ state, effects: [{ do: 'sound', name: 'refused' }] });
    expect(next(reasons, key(1))).toEqual({ state: reasons, effects: [{ do: 'sound', name: 'refused' }] });
  });

  it('forgets a late offer, and one for another press', () => {
    const late = next(states.thanked!, { type: 'timer' }).state;
    expect(next(late, events.reasons!).state).toBe(late);
    expect(next(thanks, { type: 'reasons', offer: { ...offer, seq: 6 } }).state).toBe(thanks);
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
