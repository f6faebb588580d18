import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_HANDLE, SEQUENCE_MAX, TIME_MAX_MS } from '../../protocol/constants.ts';
import {
  countPacked,
  firstIdOf,
  makePackedResults,
  makeRecordPlaces,
  PACKED_RECORD_BYTES,
  packedAnswer,
  packedRun,
  packRecord,
  packResult,
  type RecordIn,
  type RecordOut,
  recordsIn,
  unpackRecord,
  unpackResult,
} from './packed-records.ts';
import { recordOf } from './received-record.ts';
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

const firstId = fc.maxSafeNat();
const packed = (given: RecordIn[]) => {
  const bytes = Buffer.alloc(given.length * PACKED_RECORD_BYTES, 0xaa);
  for (const [index, { device, receivedMs, record }] of given.entries())
    packRecord(bytes, index * PACKED_RECORD_BYTES, signedRecord(device, receivedMs, record));
  return bytes;
};

describe('records between the threads', () => {
  it('arrive as they were given, in their order', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 10 }), firstId, (given, id) => {
        const run = packedRun(id, packed(given), given.length);
        const bytes = Buffer.from(recordsIn(run));
        expect(firstIdOf(run)).toBe(id);
        expect(countPacked(bytes)).toBe(given.length);
        expect(given.map((_, index) => unpackRecord(bytes, index))).toEqual(given);
      }),
    );
  });

  it('are what they were at places that held others before, of however many', () => {
    const places = makeRecordPlaces();
    const some = fc.sample(record, 50);
    const many = fc
      .integer({ min: 0, max: 700 })
      .map((count) => Array.from({ length: count }, (_, index) => some[(index * 7 + count) % some.length]!));
    fc.assert(
      fc.property(many, (given) => {
        places.put(packed(given));
        const found = given.map((_, index) => {
          const one = places.at(index);
          const { device, receivedMs, isPress, isLinked, invitation, reasons } = one;
          const said = { device, receivedMs, record: recordOf(one) };
          return { ...said, isPress, isLinked, invitation: invitation.toString('hex'), reasons };
        });
        expect(found).toEqual(
          given.map((one) => {
            const { kind, invitation, reasons } = one.record;
            const isLinked = kind === 1 && invitation !== NO_HANDLE;
            return { ...one, isPress: kind === 1, isLinked, invitation, reasons };
          }),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('bring back what became of each', () => {
    fc.assert(
      fc.property(fc.array(result, { maxLength: 10 }), firstId, fc.nat(10), (given, id, from) => {
        const bytes = makePackedResults(given.length);
        for (const [index, one] of given.entries()) packResult(bytes, index, one);
        const answer = packedAnswer(id, bytes, from, given.length);
        expect(firstIdOf(answer)).toBe(id);
        const asked = given.slice(from);
        expect(asked.map((_, index) => unpackResult(answer, index))).toEqual(asked);
      }),
    );
  });
});
