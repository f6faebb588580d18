import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makePacketGuard, PACKET_LIMIT_BYTES } from './packet-guard.ts';

/** An MQTT packet with a remaining length of so many bytes. */
function packet(length: number): Buffer {
  const head = [0x30];
  let left = length;
  do {
    head.push((left % 128) | (left >= 128 ? 0x80 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Buffer.concat([Buffer.from(head), Buffer.alloc(length, 0xff)]);
}
/** Whether a connection passes that brings these bytes in pieces of such sizes. */
function passes(bytes: Buffer, sizes: number[]): boolean {
  const guard = makePacketGuard();
  let at = 0;
  for (let piece = 0; at < bytes.length; piece += 1) {
    const size = sizes[piece % sizes.length]!;
    if (!guard.accepts(bytes.subarray(at, at + size))) return false;
    at += size;
  }
  return true;
}
const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 });

describe('the guard of a connection', () => {
  it('lets packets up to the limit pass, however they are cut', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: PACKET_LIMIT_BYTES }), { maxLength: 8 });
    fc.assert(
      fc.property(lengths, sizes, (all, cut) =>
        passes(Buffer.concat(all.map((length) => packet(length))), cut),
      ),
    );
  });

  it('stops at the length of one that is longer, wherever it stands', () => {
    const before = fc.array(fc.integer({ min: 0, max: PACKET_LIMIT_BYTES }), { maxLength: 4 });
    const longer = fc.integer({ min: PACKET_LIMIT_BYTES + 1, max: 0xfffffff });
    fc.assert(
      fc.property(before, longer, sizes, (all, length, cut) => {
        const head = packet(0).subarray(0, 1);
        const claim = Buffer.concat([head, lengthOf(length)]);
        return !passes(Buffer.concat([...all.map((bytes) => packet(bytes)), claim]), cut);
      }),
    );
    expect(passes(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]), [1])).toBe(false);
  });
});

function lengthOf(length: number): Buffer {
  const bytes: number[] = [];
  let left = length;
  do {
    bytes.push((left % 128) | (left >= 128 ? 0x80 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Buffer.from(bytes);
}
