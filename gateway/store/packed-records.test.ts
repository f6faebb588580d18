import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEQUENCE_MAX, TIME_MAX_MS } from '../../protocol/constants.ts';
import {
  makePackedResults,
  PACKED_RECORD_BYTES,
  packRecord,
  packResult,
  type RecordIn,
  type RecordOut,
  unpackRecord,
  unpackResult,
} from './packed-records.ts';
import { signedRecord } from './record-body.ts';

const hex = (digits: number) =>
  fc
    .uint8Array({ minLength: digits / 2, maxLength: digits / 2 })
    .map((bytes) => Buffer.from(bytes).toString('hex'));
const upTo = (max: number, min = 0) => fc.integer({ min, max });
const time = fc.maxSafeNat().map((value) => value % (TIME_MAX_MS + 1));
const record: fc.Arbitrary<RecordIn> = fc.record({
  device: fc.stringMatching(/^[a-z0-9-]{1,32}$/),
  receivedMs: time,
  record: fc.record({
    kind: fc.constantFrom(1 as const, 2 as const),
    seq: upTo(SEQUENCE_MAX, 1),
    boot: upTo(SEQUENCE_MAX, 1),
    uptime: time,
    wall: time,
    level: upTo(5, 1),
    reasons: fc.array(upTo(65_535, 1), { maxLength: 4 }),
    invitation: hex(16),
    staff: hex(16),
    flags: upTo(65_535),
    gen: upTo(255, 1),
    sig: hex(64),
  }),
});
const result: fc.Arbitrary<RecordOut> = fc.record({
  state: fc.constantFrom('stored' as const, 'known' as const, 'quarantined' as const, 'refused' as const),
  upTo: upTo(SEQUENCE_MAX),
});

const packable = ({ device, receivedMs, record }: RecordIn) => signedRecord(device, receivedMs, record);

describe('records between the threads', () => {
  it('arrive as they were given, in their order', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 10 }), (given) => {
        const bytes = Buffer.alloc(given.length * PACKED_RECORD_BYTES, 0xaa);
        for (const [index, one] of given.entries())
          packRecord(bytes, index * PACKED_RECORD_BYTES, packable(one));
        expect(given.map((_, index) => unpackRecord(bytes, index))).toEqual(given);
      }),
    );
  });

  it('bring back what became of each', () => {
    fc.assert(
      fc.property(fc.array(result, { maxLength: 10 }), (given) => {
        const bytes = makePackedResults(given.length);
        for (const [index, one] of given.entries()) packResult(bytes, index, one);
        expect(given.map((_, index) => unpackResult(bytes, index))).toEqual(given);
      }),
    );
  });
});
