import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchTermEndsMs, effectiveOf } from './effective.ts';
import { type RuleFact, type ServiceRef, serviceStateOf } from './service-facts.ts';

const PROJECTS = ['p1', 'p2'];
const SERVICES: ServiceRef[] = PROJECTS.flatMap((projectNo) =>
  [1, 2].map((assessNumber) => ({ projectNo, assessNumber })),
);
const project = fc.constantFrom(...PROJECTS);
const timeMs = fc.integer({ min: 0, max: 12 });

/** Few cases, few moments: so that facts meet. A case is completed once, and a handle names one invitation. */
const invitations = fc.array(fc.subarray(SERVICES, { minLength: 1 }), { minLength: 1, maxLength: 3 });
const history = fc
  .record({
    invited: invitations,
    pressed: fc.array(fc.tuple(fc.nat(2), timeMs), { maxLength: 5 }),
    completed: fc.uniqueArray(
      fc.record({ projectNo: project, completing: fc.constantFrom(1, 2, null), termEndsMs: timeMs }),
      { selector: ({ projectNo }) => projectNo, maxLength: 2 },
    ),
    moved: fc.array(fc.record({ projectNo: project, termEndsMs: timeMs }), { maxLength: 2 }),
    withdrawn: fc.subarray(PROJECTS, { maxLength: 1 }),
    excluded: fc.array(fc.nat(4), { maxLength: 2 }),
    defaulted: fc.subarray(SERVICES, { maxLength: 2 }),
  })
  .map((made): RuleFact[] => [
    ...made.invited.map((services, index) => ({
      kind: 'invitation.created' as const,
      invitation: `i${index}`,
      services,
    })),
    ...made.pressed.map(([index, pressedMs], id) => ({
      kind: 'evaluation.pressed' as const,
      id,
      invitation: `i${index}`,
      pressedMs,
    })),
    ...made.completed.map((fact) => ({ kind: 'case.completed' as const, ...fact })),
    ...made.moved.map((fact, index) => ({ kind: 'term.moved' as const, id: 100 + index, ...fact })),
    ...made.withdrawn.map((projectNo) => ({ kind: 'case.withdrawn' as const, projectNo })),
    ...made.excluded.map((evaluation) => ({ kind: 'evaluation.excluded' as const, evaluation })),
    ...made.defaulted.map((service) => ({ kind: 'evaluation.defaulted' as const, ...service })),
  ]);
const decide = (facts: readonly RuleFact[], service: ServiceRef) =>
  effectiveOf(serviceStateOf(facts, service));
const comparable = (facts: readonly RuleFact[], service: ServiceRef) => {
  const { counts, verdicts, defaultDueMs } = decide(facts, service);
  return { counts, defaultDueMs, verdicts: [...verdicts].sort(([a], [b]) => a - b) };
};
/** More than 10,000 in all, with those of term.test.ts. */
const RUNS = { numRuns: 2000 };

describe('the effective evaluation of a service', () => {
  it('is the same in whatever order the facts arrive, and however often', () => {
    const told = history.chain((facts) =>
      fc.record({
        facts: fc.constant(facts),
        again: fc
          .tuple(fc.shuffledSubarray(facts, { minLength: facts.length }), fc.subarray(facts))
          .map(([all, some]) => [...some, ...all]),
      }),
    );
    fc.assert(
      fc.property(told, ({ facts, again }) => {
        for (const service of SERVICES)
          expect(comparable(again, service)).toEqual(comparable(facts, service));
      }),
      { numRuns: 4000 },
    );
  });

  it('comes to the same after facts were lost for a while and delivered again', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.boolean()), (facts, lost) => {
        const [first, later] = [facts.filter(() => !lost.next().value), facts];
        for (const service of SERVICES) {
          decide(first, service);
          expect(comparable([...first, ...later], service)).toEqual(comparable(facts, service));
        }
      }),
      RUNS,
    );
  });

  it('is the first valid one by its last key; the others are duplicate, late or excluded', () => {
    fc.assert(
      fc.property(history, (facts) => {
        for (const service of SERVICES) {
          const state = serviceStateOf(facts, service);
          const { counts, verdicts } = effectiveOf(state);
          const valid = state.evaluations
            .filter(({ excluded, cases, pressedMs }) => {
              const endsMs = batchTermEndsMs(cases);
              return !excluded && (endsMs === undefined || pressedMs < endsMs);
            })
            .sort((a, b) => a.pressedMs - b.pressedMs || a.id - b.id);
          const effective = [...verdicts].filter(([, verdict]) => verdict === 'effective').map(([id]) => id);
          expect(effective).toEqual(valid.slice(0, 1).map(({ id }) => id));
          expect(counts?.origin === 'press' ? [counts.id] : []).toEqual(effective);
          expect(verdicts.size).toBe(state.evaluations.length);
        }
      }),
      RUNS,
    );
  });

  it('is a default only for the completing service of a completed, not withdrawn case nobody evaluated in time', () => {
    fc.assert(
      fc.property(history, (facts) => {
        for (const service of SERVICES) {
          const state = serviceStateOf(facts, service);
          const { counts, defaultDueMs } = effectiveOf(state);
          const inTime = state.evaluations.some(({ cases, pressedMs }) => {
            const endsMs = batchTermEndsMs(cases);
            return endsMs === undefined || pressedMs < endsMs;
          });
          if (counts?.origin === 'default' || defaultDueMs !== undefined) {
            expect([state.completing, state.case.withdrawn, inTime]).toEqual([true, false, false]);
          }
          if (defaultDueMs !== undefined) {
            for (const { withdrawn, termEndsMs } of state.cases) {
              expect(withdrawn || termEndsMs! <= defaultDueMs).toBe(true);
            }
          }
        }
      }),
      RUNS,
    );
  });

  const completed = (termEndsMs: number, projectNo = 'p1', completing = 1): RuleFact => ({
    kind: 'case.completed',
    projectNo,
    completing,
    termEndsMs,
  });
  const invited = (...services: ServiceRef[]): RuleFact => ({
    kind: 'invitation.created',
    invitation: 'i',
    services,
  });
  const pressed = (id: number, pressedMs: number): RuleFact => ({
    kind: 'evaluation.pressed',
    id,
    invitation: 'i',
    pressedMs,
  });
  const [one, two, other] = SERVICES as [ServiceRef, ServiceRef, ServiceRef];
  const defaulted: RuleFact = { kind: 'evaluation.defaulted', ...one };
  const excluded = (evaluation: number): RuleFact => ({ kind: 'evaluation.excluded', evaluation });

  it('takes a press in the last millisecond of the term, and none from 24:00 on', () => {
    const facts = [invited(one), completed(100)];
    expect(decide([...facts, pressed(1, 99)], one).counts).toEqual({ origin: 'press', id: 1 });
    const late = decide([...facts, pressed(1, 100), defaulted], one);
    expect([late.counts, late.verdicts.get(1)]).toEqual([{ origin: 'default' }, 'late']);
  });

  it('counts a press before completion, and one on an earlier service until the term of the case ends', () => {
    expect(decide([invited(one), pressed(1, 500)], one).counts).toEqual({ origin: 'press', id: 1 });
    const facts = [invited(one), completed(100, 'p1', 2)];
    expect(decide([...facts, pressed(1, 50)], one).counts).toEqual({ origin: 'press', id: 1 });
    expect(decide([...facts, pressed(1, 150)], one).counts).toBeUndefined();
    expect(decide(facts, one).defaultDueMs).toBeUndefined();
    expect(decide(facts, two).defaultDueMs).toBe(100);
  });

  it('replaces a default by a press that was made in time and delivered late', () => {
    const facts = [invited(one), completed(100), defaulted];
    expect(decide(facts, one).counts).toEqual({ origin: 'default' });
    expect(decide([...facts, pressed(1, 60)], one).counts).toEqual({ origin: 'press', id: 1 });
  });

  it('lets the next one in time count when one is excluded, or none, and never a default', () => {
    const facts = [invited(one), completed(100), pressed(1, 10), pressed(2, 20)];
    expect(decide([...facts, excluded(1)], one).counts).toEqual({ origin: 'press', id: 2 });
    const none = decide([...facts, excluded(1), excluded(2), defaulted], one);
    expect([none.counts, none.defaultDueMs]).toEqual([undefined, undefined]);
  });

  it('of a withdrawn case is what was pressed, whenever that was, and no default', () => {
    const withdrawn: RuleFact = { kind: 'case.withdrawn', projectNo: 'p1' };
    const facts = [invited(one), completed(100), withdrawn, defaulted];
    expect(decide(facts, one).counts).toBeUndefined();
    expect(decide([...facts, pressed(1, 10)], one).counts).toEqual({ origin: 'press', id: 1 });
  });

  it('of a batch waits for the last completion of its cases', () => {
    const facts = [invited(one, other), completed(100)];
    expect(decide(facts, one).defaultDueMs).toBeUndefined();
    const both = [...facts, completed(200, 'p2')];
    expect(decide(both, one).defaultDueMs).toBe(200);
    for (const service of [one, other]) {
      expect(decide([...both, pressed(1, 150)], service).counts).toEqual({ origin: 'press', id: 1 });
    }
  });
});
