import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Change,
  type Counting,
  type DeliveryEvent,
  type DeliveryRules,
  type DeliveryState,
  deliveryAfter,
  NOTHING_COUNTS,
  planOf,
  planOfService,
  type Question,
  type Standing,
} from './delivery.ts';

const STATES: DeliveryState[] = ['held', 'waiting', 'again', 'refused', 'listed', 'skipped', 'omitted'];
const EVENTS: DeliveryEvent[] = [
  'begun',
  'delivered',
  'refused',
  'listed',
  'omitted',
  'released',
  'overtaken',
  'retried',
  'skipped',
];

const press = (id: number): Counting => ({ ...NOTHING_COUNTS, press: id });
const aDefault: Counting = { ...NOTHING_COUNTS, defaultFact: 9 };
const change = (
  outbox: number,
  counts: Counting,
  standing: Standing = 'waiting',
  mayBeThere = false,
): Change => ({
  outbox,
  counts,
  standing,
  mayBeThere,
});
const byUpdate: DeliveryRules = {
  defaults: 'sent',
  corrections: 'update',
  withdrawals: 'sent',
  serviceChanges: 'sent',
};
const byHand: DeliveryRules = {
  defaults: 'sent',
  corrections: 'list',
  withdrawals: 'list',
  serviceChanges: 'none',
};
const plan = (question: Partial<Question> & { change: Change }, rules = byUpdate) =>
  planOf({ earlier: [], overtaken: false, unanswered: false, ...question }, rules);

describe('a row at a connector', () => {
  it('goes from state to state as the table says, and every other event changes nothing', () => {
    const table = STATES.map(
      (state) =>
        `${state}: ${EVENTS.flatMap((event) => {
          const after = deliveryAfter(state, event);
          return after ? [`${event} → ${after}`] : [];
        }).join(', ')}`,
    );
    expect(table).toEqual([
      'held: released → again, overtaken → omitted',
      'waiting: begun → waiting, delivered → delivered, refused → refused, listed → listed, omitted → omitted, skipped → skipped',
      'again: begun → waiting, delivered → delivered, refused → refused, listed → listed, omitted → omitted, skipped → skipped',
      'refused: overtaken → omitted, retried → again, skipped → skipped',
      'listed: overtaken → omitted, retried → again, skipped → skipped',
      'skipped: retried → again',
      'omitted: ',
    ]);
  });
});

describe('what a connector makes of a change of what counts', () => {
  it('sends the first one, and leaves out one that was overtaken before it was tried', () => {
    expect(plan({ change: change(1, press(1)) })).toEqual({ do: 'send', replaces: undefined });
    expect(plan({ change: change(1, press(1)), overtaken: true })).toEqual({ do: 'omit', why: 'overtaken' });
  });

  it('goes on with one that may be there already, although it was overtaken', () => {
    expect(plan({ change: change(1, press(1)), overtaken: true, unanswered: true })).toEqual({
      do: 'send',
      replaces: undefined,
    });
  });

  it('corrects what was delivered, by the word of the profile', () => {
    const delivered = change(1, aDefault, 'delivered');
    const question = { change: change(2, press(1)), earlier: [delivered] };
    expect(plan(question)).toEqual({ do: 'send', replaces: delivered });
    expect(plan(question, byHand)).toEqual({ do: 'list', replaces: delivered });
  });

  it('sends as the first one what follows only what never arrived', () => {
    for (const standing of ['omitted', 'refused', 'listed', 'held'] as const) {
      const earlier = [change(1, aDefault, standing)];
      expect(plan({ change: change(2, press(1)), earlier }, byHand)).toEqual({
        do: 'send',
        replaces: undefined,
      });
    }
  });

  it('takes what a person skipped for something upstream has', () => {
    const skipped = change(1, press(1), 'skipped');
    expect(plan({ change: change(2, press(2)), earlier: [skipped] }, byHand)).toEqual({
      do: 'list',
      replaces: skipped,
    });
  });

  it('sends nothing where upstream has what counts already, nor where there is nothing to take back', () => {
    const earlier = [change(2, NOTHING_COUNTS, 'omitted'), change(1, press(1), 'delivered')];
    expect(plan({ change: change(3, press(1)), earlier })).toEqual({ do: 'omit', why: 'same' });
    expect(plan({ change: change(1, NOTHING_COUNTS) })).toEqual({ do: 'omit', why: 'nothing-sent' });
  });

  it('corrects a press whose reasons came later', () => {
    const earlier = [change(1, press(1), 'delivered')];
    const withReasons = change(2, { ...press(1), reasonsFact: 5 });
    expect(plan({ change: withReasons, earlier })).toEqual({ do: 'send', replaces: earlier[0] });
  });

  it('corrects a press whose time became known more closely', () => {
    const earlier = [change(1, press(1), 'delivered')];
    const dated = change(2, { ...press(1), timeFact: 5 });
    expect(plan({ change: dated, earlier })).toEqual({ do: 'send', replaces: earlier[0] });
    expect(plan({ change: dated, earlier }, byHand)).toEqual({ do: 'list', replaces: earlier[0] });
    expect(plan({ change: dated, earlier: [change(1, press(1), 'omitted')] }, byHand)).toEqual({
      do: 'send',
      replaces: undefined,
    });
  });

  it('takes back what counted, or lists that where upstream has no word for it', () => {
    const earlier = [change(1, press(1), 'delivered')];
    const question = { change: change(2, NOTHING_COUNTS), earlier };
    expect(plan(question)).toEqual({ do: 'send', replaces: earlier[0] });
    expect(plan(question, { ...byUpdate, withdrawals: 'list' })).toEqual({
      do: 'list',
      replaces: earlier[0],
    });
    const taken = [change(2, NOTHING_COUNTS, 'delivered'), ...earlier];
    expect(plan({ change: change(3, press(2)), earlier: taken })).toEqual({
      do: 'send',
      replaces: undefined,
    });
  });

  it('leaves a default to the province that sets them itself', () => {
    const computed: DeliveryRules = { ...byHand, defaults: 'computed' };
    expect(plan({ change: change(1, aDefault) }, computed)).toEqual({ do: 'omit', why: 'computed-upstream' });
    const earlier = [change(1, aDefault, 'omitted')];
    expect(plan({ change: change(2, press(1)), earlier }, computed)).toEqual({
      do: 'send',
      replaces: undefined,
    });
  });

  it('asks a person where nothing counts any more and a database that was lost may have sent what did', () => {
    const lost = change(1, aDefault, 'omitted', true);
    const nothing = change(2, NOTHING_COUNTS);
    for (const rules of [byUpdate, byHand])
      expect(plan({ change: nothing, earlier: [lost] }, rules)).toEqual({ do: 'list', replaces: lost });
    expect(plan({ change: nothing, earlier: [lost] }, { ...byHand, defaults: 'computed' })).toEqual({
      do: 'omit',
      why: 'nothing-sent',
    });
    // What was told since is known to be there or gone.
    const gone = [change(3, NOTHING_COUNTS, 'delivered'), change(2, press(1), 'delivered', true)];
    expect(plan({ change: change(4, NOTHING_COUNTS), earlier: gone })).toEqual({
      do: 'omit',
      why: 'nothing-sent',
    });
    expect(plan({ change: change(4, press(2)), earlier: [lost] }, byHand)).toEqual({
      do: 'send',
      replaces: undefined,
    });
  });

  it('ends, after any course of changes and outages, with upstream knowing what counts, or with a list that says so', () => {
    const later = { ...press(1), timeFact: 7 };
    const counting = fc.constantFrom(press(1), press(2), later, aDefault, NOTHING_COUNTS);
    const rules = fc.record<DeliveryRules>({
      defaults: fc.constant('sent'),
      corrections: fc.constantFrom('update', 'second', 'list'),
      withdrawals: fc.constantFrom('sent', 'list'),
      serviceChanges: fc.constant('sent'),
    });
    // Each change comes after some tries of what waits; upstream takes what reaches it and may lose the answer.
    const course = fc.array(fc.tuple(counting, fc.array(fc.boolean(), { maxLength: 3 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(course, rules, (steps, word) => {
        const log: (Change & { unanswered: boolean })[] = [];
        let there: Counting = NOTHING_COUNTS;
        const turn = (answered: boolean) => {
          const index = log.findIndex(({ standing }) => standing === 'waiting');
          const row = log[index];
          if (!row) return false;
          const question = {
            change: row,
            earlier: log.slice(0, index).reverse(),
            overtaken: index < log.length - 1,
            unanswered: row.unanswered,
          };
          const next = planOf(question, word);
          if (next.do === 'omit') row.standing = 'omitted';
          else if (next.do === 'list') row.standing = 'listed';
          else {
            there = row.counts;
            row.unanswered = true;
            if (answered) row.standing = 'delivered';
          }
          return true;
        };
        for (const [counts, tries] of steps) {
          log.push({ ...change(log.length + 1, counts), unanswered: false });
          for (const answered of tries) turn(answered);
        }
        while (turn(true));
        const last = log.at(-1)!;
        const listed = last.standing === 'listed';
        if (listed) expect(word.corrections === 'list' || word.withdrawals === 'list').toBe(true);
        else expect(there).toEqual(last.counts);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what a connector makes of a service record', () => {
  const told = (earlier: Standing[], { overtaken = false, unanswered = false } = {}, rules = byUpdate) => {
    const next = planOfService({ earlier, overtaken, unanswered }, rules);
    return next.do === 'send' ? 'send' : next.why;
  };

  it('always sends the first one, which its evaluation waits for', () => {
    expect(told([])).toBe('send');
    expect(told([], { overtaken: true }, byHand)).toBe('send');
  });

  it('sends what changed since where upstream takes that, the newest only', () => {
    expect(told(['delivered'])).toBe('send');
    expect(told(['delivered'], {}, byHand)).toBe('not-told');
    expect(told(['skipped'], {}, byHand)).toBe('not-told');
    expect(told(['delivered'], { overtaken: true })).toBe('overtaken');
    expect(told(['delivered'], { overtaken: true, unanswered: true })).toBe('send');
  });

  it('sends one that was put right after a refusal, whatever upstream thinks of changes', () => {
    for (const standing of ['refused', 'omitted'] as const) expect(told([standing], {}, byHand)).toBe('send');
    expect(told(['omitted', 'delivered'], {}, byHand)).toBe('not-told');
  });
});
