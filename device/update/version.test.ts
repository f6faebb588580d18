import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isNewer } from './version.ts';

const part = fc.integer({ min: 0, max: 99_999 });

it('a version is newer by the first of its three numbers that differs', () => {
  expect(isNewer('1.10.0', '1.9.9')).toBe(true);
  fc.assert(
    fc.property(fc.tuple(part, part, part), fc.tuple(part, part, part), (left, right) => {
      const order = left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
      expect(isNewer(left.join('.'), right.join('.'))).toBe(order > 0);
    }),
  );
});
