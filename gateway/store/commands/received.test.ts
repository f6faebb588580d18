import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEYOND_LIMIT_RANGES, makeReceived } from './received.ts';

const open = () => {
  const database = new Database(':memory:');
  database.exec('CREATE TABLE received (device_no INTEGER PRIMARY KEY, up_to INTEGER, beyond TEXT)');
  return database;
};
const range = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 5 }))
  .map(([first, more]): [number, number] => [first, first + more]);

describe('what was received of a journal', () => {
  it('is the same as a plain set of sequences, in any order, repeated, and read back from disk', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 30 }), fc.nat({ max: 30 }), (ranges, reopenAt) => {
        const database = open();
        let received = makeReceived(database);
        const model = new Set<number>();
        for (const [index, [first, last]] of ranges.entries()) {
          if (index === reopenAt) {
            received.flush();
            received = makeReceived(database);
          }
          expect(received.add(1, first, last)).toBe(true);
          for (let seq = first; seq <= last; seq += 1) model.add(seq);
          let upTo = 0;
          while (model.has(upTo + 1)) upTo += 1;
          expect(received.upTo(1)).toBe(upTo);
        }
        for (let seq = 1; seq <= 70; seq += 1) expect(received.has(1, seq)).toBe(model.has(seq));
        for (const [first, last] of ranges) expect(received.hasAll(1, first, last)).toBe(true);
        database.close();
      }),
    );
  });

  it('takes no more holes than its limit until one is filled', () => {
    const received = makeReceived(open());
    for (let hole = 1; hole <= BEYOND_LIMIT_RANGES; hole += 1)
      expect(received.add(1, 2 * hole, 2 * hole)).toBe(true);
    const beyond = 2 * BEYOND_LIMIT_RANGES + 2;
    expect(received.add(1, beyond, beyond)).toBe(false);
    expect(received.has(1, beyond)).toBe(false);
    expect(received.add(1, 1, 1)).toBe(true);
    expect(received.add(1, beyond, beyond)).toBe(true);
    expect(received.upTo(1)).toBe(2);
  });

  it('forgets what was rolled back', () => {
    const received = makeReceived(open());
    received.add(1, 1, 3);
    received.flush();
    received.add(1, 4, 9);
    received.forget();
    expect(received.upTo(1)).toBe(3);
  });
});
