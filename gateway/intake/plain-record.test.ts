import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { NO_HANDLE, SEQUENCE_MAX, TIME_MAX_MS } from '../../protocol/constants.ts';
import { Evaluation } from '../../protocol/messages.ts';
import { RECORD_BODY_BYTES, writeSigned } from '../store/record-body.ts';
import { readPlainRecord } from './plain-record.ts';

const EvaluationCheck = Compile(Evaluation);
const hex = (digits: number) =>
  fc
    .uint8Array({ minLength: digits / 2, maxLength: digits / 2 })
    .map((bytes) => Buffer.from(bytes).toString('hex'));
const edges = (min: number, max: number) =>
  fc.oneof(
    fc.constantFrom(min, max),
    fc.maxSafeNat().map((value) => min + (value % (max - min + 1))),
  );
const record: fc.Arbitrary<Evaluation> = fc.record({
  kind: fc.constantFrom(1 as const, 2 as const),
  seq: edges(1, SEQUENCE_MAX),
  boot: edges(1, SEQUENCE_MAX),
  uptime: edges(0, TIME_MAX_MS),
  wall: edges(0, TIME_MAX_MS),
  level: edges(1, 5),
  reasons: fc.array(edges(1, 65_535), { maxLength: 4 }),
  invitation: hex(16),
  staff: hex(16),
  flags: edges(0, 65_535),
  gen: edges(1, 255),
  sig: hex(64),
});
const plain = (text: string): Buffer | undefined => {
  const body = Buffer.alloc(RECORD_BODY_BYTES);
  body.write(NO_HANDLE, 8, 'hex');
  return readPlainRecord(Buffer.from(text, 'latin1'), body) ? body : undefined;
};
/** By JSON and the schema. */
const general = (text: string): Buffer | undefined => {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!EvaluationCheck.Check(read)) return undefined;
  const body = Buffer.alloc(RECORD_BODY_BYTES);
  writeSigned(body, 0, NO_HANDLE, read);
  return body;
};

describe('a record in the plain form', () => {
  it('is read to the bytes that were signed, as an evaluator writes it', () => {
    fc.assert(
      fc.property(record, (one) => {
        const text = JSON.stringify(one);
        expect(plain(text)).toEqual(general(text));
        expect(plain(text)).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  it('is never read where JSON and the schema would refuse it, or to other bytes', () => {
    const piece = fc.constantFrom(
      '',
      '0',
      '-',
      '.',
      'e1',
      '9',
      '00',
      ',',
      ' ',
      '"',
      'F',
      '[',
      ']',
      '}',
      '\\u0030',
    );
    const changed = fc.tuple(record, fc.nat(), fc.nat({ max: 3 }), piece).map(([one, at, cut, put]) => {
      const text = JSON.stringify(one);
      const from = at % (text.length + 1);
      return text.slice(0, from) + put + text.slice(from + cut);
    });
    fc.assert(
      fc.property(changed, (text) => {
        const read = plain(text);
        if (read) expect(read).toEqual(general(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('leaves numbers out of bounds and everything written in another way to JSON and the schema', () => {
    const [one] = fc.sample(record, { numRuns: 1, seed: 1 }) as [Evaluation];
    const text = JSON.stringify(one);
    const changed = (fields: object) => JSON.stringify({ ...one, ...fields });
    for (const fields of [
      { kind: 0 },
      { kind: 3 },
      { seq: 0 },
      { seq: SEQUENCE_MAX + 1 },
      { boot: 0 },
      { uptime: TIME_MAX_MS + 1 },
      { wall: -1 },
      { level: 6 },
      { reasons: [0] },
      { reasons: [1, 2, 3, 4, 5] },
      { flags: 65_536 },
      { gen: 256 },
      { invitation: 'AB'.repeat(8) },
      { sig: 'ab'.repeat(31) },
      { more: 1 },
    ])
      expect(plain(changed(fields))).toBeUndefined();
    for (const other of [`${text} `, ` ${text}`, text.slice(0, -1), text.replace(':', ': '), '', '{', '[]'])
      expect(plain(other)).toBeUndefined();
  });
});
