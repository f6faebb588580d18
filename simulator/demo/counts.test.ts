import { describe, expect, it } from 'vitest';
import type { Choice } from '../people/press-record.ts';
import { type Artefacts, accountIsClean, accountOf } from './counts.ts';

const choice = (device: string, seq: number, level: number): Choice => ({
  device,
  seq,
  level,
  keys: [level],
  invitation: 'aa',
  ended: 'thanked',
});

/** Two devices, three presses, the last one on a batch of two. */
const whole = (): Artefacts => ({
  choices: [choice('d1', 1, 5), choice('d1', 2, 2), choice('d2', 1, 3)],
  flash: [
    {
      device: 'd1',
      presses: [
        { seq: 1, level: 5 },
        { seq: 2, level: 2 },
      ],
    },
    { device: 'd2', presses: [{ seq: 1, level: 3 }] },
  ],
  gateway: [
    { device: 'd1', seq: 1, level: 5, services: [{ projectNo: 'p1', assessNumber: '1' }] },
    { device: 'd1', seq: 2, level: 2, services: [{ projectNo: 'p2', assessNumber: '1' }] },
    {
      device: 'd2',
      seq: 1,
      level: 3,
      services: [
        { projectNo: 'p3', assessNumber: '1' },
        { projectNo: 'p4', assessNumber: '2' },
      ],
    },
  ],
  province: [
    { projectNo: 'p1', assessNumber: '1', level: 5 },
    { projectNo: 'p2', assessNumber: '1', level: 2 },
    { projectNo: 'p3', assessNumber: '1', level: 3 },
    { projectNo: 'p4', assessNumber: '2', level: 3 },
  ],
});

function account(change: (artefacts: Artefacts) => void) {
  const artefacts = whole();
  change(artefacts);
  const result = accountOf(artefacts);
  return { ...result, clean: accountIsClean(result) };
}

describe('the account of a run', () => {
  it('is clean when every thanked press is everywhere once', () => {
    expect(account(() => undefined)).toEqual({
      pressed: 3,
      thanked: 3,
      committed: 3,
      forwarded: 3,
      lost: 0,
      duplicated: 0,
      invented: 0,
      levels: { '5': 1, '4': 0, '3': 1, '2': 1, '1': 0 },
      batches: 1,
      clean: true,
    });
  });

  it('finds a press that the gateway has not', () => {
    expect(account((a) => a.gateway.splice(1, 1))).toMatchObject({ committed: 2, lost: 1, clean: false });
  });

  it('finds a press that the province has not', () => {
    expect(account((a) => a.province.shift())).toMatchObject({ forwarded: 2, lost: 1, clean: false });
  });

  it('finds a batch of which one case is missing', () => {
    expect(account((a) => a.province.pop())).toMatchObject({ forwarded: 2, lost: 1, clean: false });
  });

  it('finds a level that changed on the way', () => {
    expect(
      account((a) => {
        a.province[1]!.level = 5;
      }),
    ).toMatchObject({ forwarded: 2, lost: 1, clean: false });
  });

  it('finds a press that was thanked for and is not in flash', () => {
    const result = account((a) => {
      a.flash[1]!.presses = [];
      a.gateway.pop();
      a.province.splice(2);
    });
    expect(result).toMatchObject({ pressed: 3, thanked: 2, committed: 2, lost: 1, clean: false });
  });

  it('finds what is stored twice, at the gateway or in the province', () => {
    expect(account((a) => a.gateway.push(a.gateway[0]!))).toMatchObject({ duplicated: 1, clean: false });
    expect(account((a) => a.province.push(a.province[0]!))).toMatchObject({ duplicated: 1, clean: false });
  });

  it('finds an evaluation that nobody pressed', () => {
    expect(account((a) => a.flash[0]!.presses.pop())).toMatchObject({ invented: 1, clean: false });
    const extra = { projectNo: 'p9', assessNumber: '1', level: 5 };
    expect(account((a) => a.province.push(extra))).toMatchObject({ invented: 1, clean: false });
  });

  it('does not call an empty run clean', () => {
    expect(accountIsClean(accountOf({ choices: [], flash: [], gateway: [], province: [] }))).toBe(false);
  });

  it('leaves out records whose flash pages were reused after they had been acknowledged', () => {
    const result = account((a) => {
      a.flash[0]!.presses.shift();
    });
    expect(result).toMatchObject({ pressed: 2, thanked: 2, committed: 2, forwarded: 2, clean: true });
  });
});
