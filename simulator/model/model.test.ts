import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type ModelInput, type ModelPress, type ModelService } from './model.ts';
import { isWorkingDay, termEndMs } from './working-days.ts';

const at = (text: string) => Date.parse(`${text.replace(' ', 'T')}+08:00`);
const RULES = { termDays: 5, termKind: 'working', termStart: 'next-day', calendarOverrides: [] } as const;
const CARD = '00000000000000a1';
const COMPLETED_MS = at('2026-03-02 10:00:00');
const IN_TIME_MS = at('2026-03-09 23:59:59');
const LATE_MS = at('2026-03-10 00:00:00');

const service = (projectNo: string): ModelService => ({
  projectNo,
  assessNumber: 1,
  window: 'a01',
  badgeId: 'A1',
  servedMs: at('2026-03-02 09:00:00'),
});
const press = (seq: number, atMs: number, more: Partial<ModelPress> = {}): ModelPress => ({
  device: 'e',
  seq,
  invitation: CARD,
  window: 'a01',
  badgeId: 'A1',
  earliestMs: atMs,
  latestMs: atMs,
  excluded: false,
  ...more,
});

function hall(more: Partial<ModelInput>, cases = ['1']): ModelInput {
  const services = cases.map(service);
  const nowMs = at('2026-04-01 00:00:00');
  return {
    services,
    completions: services.map(({ projectNo }) => ({ projectNo, completedMs: COMPLETED_MS, assessNumber: 1 })),
    withdrawn: new Map(),
    invitations: [{ invitation: CARD, services, gone: false }],
    presses: [],
    rules: RULES,
    matchesUnlinked: false,
    nowMs: { earliest: nowMs, latest: nowMs },
    ...more,
  };
}
const counts = (input: ModelInput, projectNo = '1') => [...decide(input).outcomes.get(`${projectNo}/1`)!];

describe('the model of the rules', () => {
  it('ends a term at 24:00 of the last of five working days, made-up weekends and holidays minded', () => {
    expect(termEndMs(at('2026-03-02 00:00:00'), RULES)).toBe(at('2026-03-10 00:00:00'));
    expect(termEndMs(at('2026-03-02 23:59:59'), RULES)).toBe(at('2026-03-10 00:00:00'));
    // 14 February is worked, 15 to 23 February are Spring Festival, 28 February is worked again.
    expect(termEndMs(at('2026-02-11 12:00:00'), RULES)).toBe(at('2026-02-26 00:00:00'));
    expect(termEndMs(at('2025-09-26 12:00:00'), RULES)).toBe(at('2025-10-11 00:00:00'));
    expect(termEndMs(at('2026-03-06 12:00:00'), { ...RULES, termKind: 'natural' })).toBe(
      at('2026-03-12 00:00:00'),
    );
    expect(termEndMs(at('2026-03-06 12:00:00'), { ...RULES, termStart: 'same-day' })).toBe(
      at('2026-03-13 00:00:00'),
    );
    expect(termEndMs(at('2026-03-03 12:00:00'), { ...RULES, termKind: 'natural' })).toBe(
      at('2026-03-10 00:00:00'),
    );
    expect(isWorkingDay('2027-01-01', [])).toBe(false);
    expect(isWorkingDay('2027-01-04', [{ date: '2027-01-04', working: false }])).toBe(false);
  });

  it('lets the first press in time count, and none that is late', () => {
    expect(counts(hall({ presses: [press(2, IN_TIME_MS), press(1, COMPLETED_MS)] }))).toEqual(['e/1']);
    expect(counts(hall({ presses: [press(1, LATE_MS)] }))).toEqual(['default']);
    expect(decide(hall({ presses: [press(1, LATE_MS)] })).states.get('e/1')).toEqual(new Set(['late']));
  });

  it('puts nothing in the place of an excluded press but the next one in time', () => {
    const excluded = press(1, COMPLETED_MS, { excluded: true });
    expect(counts(hall({ presses: [excluded] }))).toEqual(['none']);
    expect(counts(hall({ presses: [excluded, press(2, IN_TIME_MS)] }))).toEqual(['e/2']);
    expect(counts(hall({ presses: [excluded, press(2, LATE_MS)] }))).toEqual(['none']);
  });

  it('gives a default to a completed case only, when its term is over, and to no withdrawn one', () => {
    expect(counts(hall({}))).toEqual(['default']);
    expect(counts(hall({ withdrawn: new Map([['1', IN_TIME_MS]]) }))).toEqual(['none']);
    expect(counts(hall({ completions: [] }))).toEqual(['none']);
    expect(counts(hall({ nowMs: { earliest: IN_TIME_MS, latest: IN_TIME_MS } }))).toEqual(['none']);
  });

  it('lets one press count for every case of a batch, whose term runs from the last completion', () => {
    const completions = [
      { projectNo: '1', completedMs: COMPLETED_MS, assessNumber: 1 },
      { projectNo: '2', completedMs: at('2026-03-03 10:00:00'), assessNumber: 1 },
    ];
    const input = hall({ completions, presses: [press(1, LATE_MS)] }, ['1', '2']);
    expect([counts(input, '1'), counts(input, '2')]).toEqual([['e/1'], ['e/1']]);
  });

  it('matches a press without a card only where nothing else could be meant', () => {
    const unlinked = press(1, at('2026-03-02 09:05:00'), { invitation: undefined });
    const alone = hall({ invitations: [], presses: [unlinked], matchesUnlinked: true });
    expect(counts(alone)).toEqual(['e/1']);
    expect(counts({ ...alone, matchesUnlinked: false })).toEqual(['default']);
    expect(counts({ ...alone, services: [service('1'), service('2')] })).toEqual(['default']);
    expect(counts({ ...alone, presses: [unlinked, { ...unlinked, seq: 2 }] })).toEqual(['default']);
    expect(counts({ ...alone, presses: [{ ...unlinked, badgeId: 'A2' }] })).toEqual(['default']);
  });

  it('names every outcome that an uncertain time allows', () => {
    const undated = press(1, COMPLETED_MS, { latestMs: LATE_MS });
    expect(new Set(counts(hall({ presses: [undated] })))).toEqual(new Set(['e/1', 'default']));
  });

  it('says the same in whatever order it hears of things, and however often of a press', () => {
    const presses = fc.array(
      fc.record({
        hours: fc.integer({ min: -20, max: 240 }),
        card: fc.integer({ min: 0, max: 2 }),
        excluded: fc.boolean(),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(presses, fc.infiniteStream(fc.nat(1000)), (made, draws) => {
        const cases = ['1', '2', '3'];
        const invitations = [['1'], ['1', '2'], ['2', '3']].map((listed, index) => ({
          invitation: `00000000000000a${index}`,
          services: listed.map(service),
          gone: false,
        }));
        const all = made.map(({ hours, card, excluded }, index) =>
          press(index + 1, COMPLETED_MS + hours * 3_600_000, {
            invitation: `00000000000000a${card}`,
            excluded,
            device: `e${index}`,
          }),
        );
        const input = hall({ invitations, presses: all }, cases);
        const shuffled = <T>(list: readonly T[]) =>
          list
            .map((item) => [draws.next().value!, item] as const)
            .sort(([a], [b]) => a - b)
            .map(([, item]) => item);
        const again = decide({
          ...input,
          services: shuffled(input.services),
          completions: shuffled(input.completions),
          presses: shuffled([...all, ...all.slice(0, 2)]),
        });
        const { outcomes, states } = decide(input);
        for (const name of cases) expect(again.outcomes.get(`${name}/1`)).toEqual(outcomes.get(`${name}/1`));
        for (const [name, state] of states) expect(again.states.get(name)).toEqual(state);
      }),
    );
  });
});
