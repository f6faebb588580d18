import { describe, expect, it } from 'vitest';
import { REASON_OPTIONS_LIMIT } from '../../protocol/constants.ts';
import { readReasons } from './read-reasons.ts';

const option = { code: 505, label: { w: 16, h: 2, d: 'gA==' } };

describe('an offer of reasons', () => {
  it('is read with its codes and labels', () => {
    const offer = readReasons({ seq: 7, options: [option, { ...option, code: 506 }] }, atob);
    expect(offer?.seq).toBe(7);
    expect(offer?.options.map(({ code }) => code)).toEqual([505, 506]);
    expect(offer?.options[0]?.label).toEqual({ w: 16, h: 2, d: '\x80' });
  });

  it('is passed over when anything in it is not of the contract', () => {
    for (const options of [
      [],
      new Array(REASON_OPTIONS_LIMIT + 1).fill(option),
      [null],
      ['505'],
      [{ code: 0, label: option.label }],
      [{ code: 1.5, label: option.label }],
      [{ code: 505, label: { w: 12, h: 2, d: '' } }],
      [{ code: 505 }],
      {},
      undefined,
    ])
      expect(readReasons({ seq: 1, options }, atob), JSON.stringify(options)).toBeUndefined();
    expect(readReasons({ seq: 0, options: [option] }, atob)).toBeUndefined();
  });
});
