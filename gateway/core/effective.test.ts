import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOf, effectiveOf, type MadeEvaluation, type ServiceState } from './effective.ts';
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
    ended: fc.subarray([0, 1, 2]),
    pressed: fc.array(fc.tuple(fc.nat(3), timeMs, fc.constantFrom('d1', 'd2')), { maxLength: 5 }),
    // Records of one evaluator may arrive in any order.
    seqs: fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 5 }),
    dated: fc.array(fc.tuple(fc.nat(4), timeMs), { maxLength: 2 }),
    matched: fc.array(fc.tuple(fc.nat(4), fc.option(fc.constantFrom(...SERVICES), { nil: undefined })), {
      maxLength: 3,
    }),
    completed: fc.uniqueArray(
      fc.record({ projectNo: project, completing: fc.constantFrom(1, 2, null), termEndsMs: timeMs }),
      { selector: ({ projectNo }) => projectNo, maxLength: 2 },
    ),
    moved: fc.array(fc.record({ projectNo: project, termEndsMs: timeMs }), { maxLength: 2 }),
    withdrawn: fc.uniqueArray(fc.record({ projectNo: project, atMs: timeMs }), {
      selector: ({ projectNo }) => projectNo,
      maxLength: 2,
    }),
    excluded: fc.array(fc.nat(4), { maxLength: 2 }),
    defaulted: fc.subarray(SERVICES, { maxLength: 2 }),
  })
  .map((made): RuleFact[] => [
    ...made.invited.map((services, index) => ({
      kind: 'invitation.created' as const,
      id: 200 + index,
      invitation: `i${index}`,
      services,
    })),
    ...made.ended.map((index) => ({ kind: 'invitation.ended' as const, invitation: `i${index}` })),
    ...made.pressed.map(([index, pressedMs, device], id) => ({
      kind: 'evaluation.pressed' as const,
      id,
      device,
      seq: made.seqs[id]!,
      // The last one names no invitation: an unlinked press.
      invitation: index === 3 ? undefined : `i${index}`,
      pressedMs,
    })),
    ...made.dated.map(([evaluation, pressedMs], index) => ({
      kind: 'evaluation.dated' as const,
      id: 300 + index,
      evaluation,
      pressedMs,
    })),
    ...made.matched.map(([evaluation, service], index) => ({
      kind: 'evaluation.matched' as const,
      id: 400 + index,
      evaluation,
      service,
    })),
    ...made.completed.map((fact) => ({ kind: 'case.completed' as const, ...fact })),
    ...made.moved.map((fact, index) => ({ kind: 'term.moved' as const, id: 100 + index, ...fact })),
    ...made.withdrawn.map((fact) => ({ kind: 'case.withdrawn' as const, ...fact })),
    ...made.excluded.map((evaluation) => ({ kind: 'evaluation.excluded' as const, evaluation })),
    ...made.defaulted.map((service) => ({ kind: 'evaluation.defaulted' as const, ...service })),
  ]);
const decide = (facts: readonly RuleFact[], service: ServiceRef) =>
  effectiveOf(serviceStateOf(facts, service));
const comparable = (facts: readonly RuleFact[], service: ServiceRef) => {
  const { counts, verdicts, termEndsMs, defaultDueMs } = decide(facts, service);
  return { counts, termEndsMs, defaultDueMs, verdicts: [...verdicts].sort(([a], [b]) => a - b) };
};
const madeFor = (state: ServiceState) => {
  const endsMs = effectiveOf(state).termEndsMs ?? Infinity;
  return {
    linked: state.invitations.flatMap(({ evaluations }) => evaluations),
    matched: state.matched,
    isValid: ({ excluded, pressedMs }: MadeEvaluation) => !excluded && pressedMs < endsMs,
  };
};
/** More than 10,000 in all. */
const RUNS = { numRuns: 1200 };
/** As toEqual, which is slow when it is asked this often. */
const expectSame = (facts: readonly RuleFact[], again: readonly RuleFact[], service: ServiceRef) => {
  const [expected, found] = [comparable(facts, service), comparable(again, service)];
  if (JSON.stringify(found) !== JSON.stringify(expected)) expect(found).toEqual(expected);
};

/** Of the valid ones, linked before matched, the first in that order counts. */
const expectFirst = (
  histories: fc.Arbitrary<RuleFact[]>,
  order: (a: MadeEvaluation, b: MadeEvaluation) => number,
) =>
  fc.assert(
    fc.property(histories, (facts) => {
      for (const service of SERVICES) {
        const state = serviceStateOf(facts, service);
        const { linked, matched, isValid } = madeFor(state);
        const [firstLinked, firstMatched] = [linked, matched].map(
          (made) => made.filter(isValid).sort(order)[0],
        );
        const { counts } = effectiveOf(state);
        expect(counts?.origin === 'press' ? counts.id : undefined).toBe((firstLinked ?? firstMatched)?.id);
      }
    }),
    RUNS,
  );

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
        for (const service of SERVICES) expectSame(facts, again, service);
      }),
      { numRuns: 3000 },
    );
  });

  it('comes to the same after facts were lost for a while and delivered again', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.boolean()), (facts, lost) => {
        const [first, later] = [facts.filter(() => !lost.next().value), facts];
        for (const service of SERVICES) {
          decide(first, service);
          expectSame(facts, [...first, ...later], service);
        }
      }),
      RUNS,
    );
  });

  it('is a valid one, linked before matched; the others are duplicate, late or excluded', () => {
    fc.assert(
      fc.property(history, (facts) => {
        for (const service of SERVICES) {
          const state = serviceStateOf(facts, service);
          const { counts, verdicts } = effectiveOf(state);
          const { linked, matched, isValid } = madeFor(state);
          const valid = linked.some(isValid) ? linked.filter(isValid) : matched.filter(isValid);
          const effective = [...verdicts].filter(([, verdict]) => verdict === 'effective').map(([id]) => id);
          expect(counts?.origin === 'press' ? [counts.id] : []).toEqual(effective);
          expect(effective).toHaveLength(Math.min(valid.length, 1));
          for (const id of effective) expect(valid.map((made) => made.id)).toContain(id);
          expect(verdicts.size).toBe(linked.length + matched.length);
        }
      }),
      RUNS,
    );
  });

  it('is the first by its last key where no clock was set back between two presses of an evaluator', () => {
    const inOrder = history.map((facts) =>
      facts
        .filter(({ kind }) => kind !== 'evaluation.dated')
        .map((fact) =>
          fact.kind === 'evaluation.pressed' ? { ...fact, seq: fact.pressedMs * 10 + fact.id } : fact,
        ),
    );
    expectFirst(inOrder, (a, b) => a.pressedMs - b.pressedMs || a.id - b.id);
  });

  it('is of the presses of one evaluator the one it made first, whatever its clock said', () => {
    const ofOne = history.map((facts) =>
      facts.map((fact) => (fact.kind === 'evaluation.pressed' ? { ...fact, device: 'd1' } : fact)),
    );
    expectFirst(ofOne, (a, b) => a.seq - b.seq);
  });

  it('is a default only for the completing service of a completed, not withdrawn case nobody evaluated in time', () => {
    fc.assert(
      fc.property(history, (facts) => {
        for (const service of SERVICES) {
          const state = serviceStateOf(facts, service);
          const { counts, termEndsMs, defaultDueMs } = effectiveOf(state);
          if (counts?.origin !== 'default' && defaultDueMs === undefined) continue;
          expect([state.completing, state.case.withdrawnMs]).toEqual([true, undefined]);
          const made = [...state.invitations.flatMap(({ evaluations }) => evaluations), ...state.matched];
          for (const { pressedMs } of made) expect(pressedMs).toBeGreaterThanOrEqual(termEndsMs ?? Infinity);
          if (defaultDueMs === undefined) continue;
          // Never before the end of its own term, nor before that of any case its batch waits for.
          expect(defaultDueMs).toBe(termEndsMs);
          for (const item of batchOf(state.invitations)?.cases ?? [state.case])
            expect(item.termEndsMs ?? item.withdrawnMs).toBeLessThanOrEqual(defaultDueMs);
        }
      }),
      RUNS,
    );
  });

  it('is never a default where one in time was excluded, whatever was excluded and in whatever batch', () => {
    fc.assert(
      fc.property(history, fc.subarray([0, 1, 2, 3, 4]), (facts, more) => {
        const after: RuleFact[] = [
          ...facts,
          ...more.map((evaluation) => ({ kind: 'evaluation.excluded' as const, evaluation })),
        ];
        for (const service of SERVICES) {
          const [before, now] = [decide(facts, service), decide(after, service)];
          expect(now.termEndsMs).toBe(before.termEndsMs);
          if (before.counts?.origin !== 'press') continue;
          expect(now.counts?.origin).not.toBe('default');
          expect(now.defaultDueMs).toBeUndefined();
        }
      }),
      RUNS,
    );
  });

  it('is one and the same for every service of a batch that has one', () => {
    fc.assert(
      fc.property(history, (facts) => {
        const byBatch = new Map<number, number>();
        for (const service of SERVICES) {
          const state = serviceStateOf(facts, service);
          const batch = batchOf(state.invitations);
          const { counts } = effectiveOf(state);
          if (!batch || counts?.origin !== 'press') continue;
          if (!batch.evaluations.some(({ id }) => id === counts.id)) continue;
          expect(byBatch.get(batch.order) ?? counts.id).toBe(counts.id);
          byBatch.set(batch.order, counts.id);
        }
      }),
      RUNS,
    );
  });

  it('stays what it was when a case of its batch is withdrawn after the press', () => {
    fc.assert(
      fc.property(history, project, (facts, projectNo) => {
        const last = Math.max(0, ...facts.map((fact) => ('pressedMs' in fact ? fact.pressedMs : 0)));
        const known = facts.some((fact) => fact.kind === 'case.withdrawn' && fact.projectNo === projectNo);
        fc.pre(!known);
        const withdrawn: RuleFact = { kind: 'case.withdrawn', projectNo, atMs: last + 1 };
        for (const service of SERVICES) {
          const [before, after] = [facts, [...facts, withdrawn]].map((all) => decide(all, service));
          expect([...after!.verdicts]).toEqual([...before!.verdicts]);
          if (before!.counts?.origin === 'press') expect(after!.counts).toEqual(before!.counts);
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
  const invited = (...services: ServiceRef[]): RuleFact => invitedAs('i', 200, ...services);
  const invitedAs = (invitation: string, id: number, ...services: ServiceRef[]): RuleFact => ({
    kind: 'invitation.created',
    id,
    invitation,
    services,
  });
  const ended = (invitation: string): RuleFact => ({ kind: 'invitation.ended', invitation });
  const pressed = (
    id: number,
    pressedMs: number,
    {
      invitation = 'i',
      device = 'd1',
      seq = pressedMs,
    }: { invitation?: string; device?: string; seq?: number } = {},
  ): RuleFact => ({ kind: 'evaluation.pressed', id, invitation, pressedMs, device, seq });
  const [one, two, other] = SERVICES as [ServiceRef, ServiceRef, ServiceRef];
  const defaulted: RuleFact = { kind: 'evaluation.defaulted', ...one };
  const excluded = (evaluation: number): RuleFact => ({ kind: 'evaluation.excluded', evaluation });

  const withdrawn = (projectNo: string, atMs: number): RuleFact => ({
    kind: 'case.withdrawn',
    projectNo,
    atMs,
  });

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

  it('is the same press, held to the same term, when one is excluded that only shows in what order they were made', () => {
    const facts = [
      invitedAs('i', 200, two),
      invitedAs('j', 201, one, two),
      completed(10, 'p1', 2),
      pressed(1, 0, { device: 'd2', seq: 4 }),
      pressed(2, 5, { device: 'd2', seq: 1 }),
      pressed(3, 0, { invitation: 'j', device: 'd1' }),
    ];
    for (const known of [facts, [...facts, excluded(2)]]) {
      const { counts, termEndsMs } = decide(known, two);
      expect([counts, termEndsMs]).toEqual([{ origin: 'press', id: 3 }, 10]);
    }
  });

  it('keeps to the term of an evaluation that is excluded, so that no other is late by an appeal', () => {
    // The first one, late in its own batch, holds the service to that batch's longer term.
    const facts = [
      invitedAs('i', 200, one, other),
      invitedAs('j', 201, one),
      completed(20),
      completed(40, 'p2'),
      pressed(1, 50, { seq: 1 }),
      pressed(2, 30, { invitation: 'j', seq: 2 }),
    ];
    for (const known of [facts, [...facts, excluded(1)]])
      expect(decide(known, one).counts).toEqual({ origin: 'press', id: 2 });
    const both = decide([...facts, excluded(1), excluded(2), defaulted], one);
    expect([both.counts, both.defaultDueMs]).toEqual([undefined, undefined]);
  });

  it('of a withdrawn case is what was pressed, whenever that was, and no default', () => {
    const facts = [invited(one), completed(100), withdrawn('p1', 5), defaulted];
    expect(decide(facts, one).counts).toBeUndefined();
    expect(decide([...facts, pressed(1, 10)], one).counts).toEqual({ origin: 'press', id: 1 });
    expect(decide([...facts, pressed(1, 100)], one).counts).toBeUndefined();
    const never = [invited(one), withdrawn('p1', 5)];
    expect(decide([...never, pressed(1, 500)], one).counts).toEqual({ origin: 'press', id: 1 });
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

  it('of a batch was open until its uncompleted case was withdrawn: a press made before that stays in time', () => {
    const facts = [invited(one, other), completed(100), pressed(1, 150), withdrawn('p2', 160)];
    for (const service of [one, other])
      expect(decide(facts, service).counts).toEqual({ origin: 'press', id: 1 });
    expect(decide([...facts.slice(0, 2), withdrawn('p2', 160)], one).defaultDueMs).toBe(160);
    expect(decide([...facts.slice(0, 2), withdrawn('p2', 60)], one).defaultDueMs).toBe(100);
  });

  it('waits for no batch whose invitation was cancelled or replaced without a press', () => {
    const facts = [invited(one, other), completed(100)];
    expect(decide(facts, one).defaultDueMs).toBeUndefined();
    expect(decide([...facts, ended('i')], one).defaultDueMs).toBe(100);
    expect(decide([...facts, ended('i'), pressed(1, 500)], one).counts).toEqual({ origin: 'press', id: 1 });
    const again = [...facts, ended('i'), invitedAs('j', 201, one)];
    expect(decide(again, one).defaultDueMs).toBe(100);
    expect(decide([...facts, invitedAs('j', 201, one)], one).defaultDueMs).toBe(100);
  });

  it('of a service invited in two batches is held to one term, that of its first evaluation', () => {
    const second = pressed(2, 20, { invitation: 'j' });
    const facts = [invited(one), invitedAs('j', 201, one, other), completed(100), second];
    expect(decide([...facts, pressed(1, 10)], one).termEndsMs).toBe(100);
    expect(decide([...facts, pressed(1, 30)], one).termEndsMs).toBeUndefined();
    expect(decide([...facts, pressed(1, 30)], one).counts).toEqual({ origin: 'press', id: 2 });
    expect(decide([...facts, pressed(1, 10)], other).counts).toEqual({ origin: 'press', id: 2 });
  });

  it('counts the press made first though the clock was set back before the second, and another is held to that too', () => {
    const facts = [invited(one), invitedAs('j', 201, one), completed(100)];
    const [before, after] = [pressed(1, 70, { seq: 1 }), pressed(2, 30, { invitation: 'j', seq: 2 })];
    expect(decide([...facts, after, before], one).counts).toEqual({ origin: 'press', id: 1 });
    // Made at another evaluator: at 50 it came before either of them, by the clock that the first one was made by.
    const elsewhere = pressed(3, 50, { device: 'd2', seq: 1 });
    expect(decide([...facts, after, before, elsewhere], one).counts).toEqual({ origin: 'press', id: 3 });
    // Excluding a duplicate changes nothing: what was made first stays first.
    expect(decide([...facts, after, before, elsewhere, excluded(1)], one).counts).toEqual({
      origin: 'press',
      id: 3,
    });
    expect(decide([...facts, after, before, excluded(1)], one).counts).toEqual({ origin: 'press', id: 2 });
    // A press that was late by the clock it was made by is late, and the next one in time counts.
    const late = pressed(1, 100, { seq: 1 });
    expect(decide([...facts, after, late], one).counts).toEqual({ origin: 'press', id: 2 });
  });

  it('takes a matched press where no linked one is valid, and lets a linked one displace it', () => {
    const unlinked = { ...pressed(7, 5), invitation: undefined } as RuleFact;
    const match = (id: number, service: ServiceRef | undefined): RuleFact => ({
      kind: 'evaluation.matched',
      id,
      evaluation: 7,
      service,
    });
    const facts = [invited(one), completed(100), unlinked];
    expect(decide(facts, one).counts).toBeUndefined();
    expect(decide([...facts, match(401, one)], one).counts).toEqual({ origin: 'press', id: 7 });
    const both = decide([...facts, match(401, one), pressed(1, 60)], one);
    expect([both.counts, both.verdicts.get(7)]).toEqual([{ origin: 'press', id: 1 }, 'duplicate']);
    expect(decide([...facts, match(402, undefined), match(401, one)], one).counts).toBeUndefined();
    const late = decide([...facts, match(401, one), pressed(1, 100)], one);
    expect(late.counts).toEqual({ origin: 'press', id: 7 });
  });
});
