import { expect, it } from 'vitest';
import { makeFakeClock } from './testing/fake-clock.ts';
import { type RevocationParts, watchRevocations } from './watch-revocations.ts';

it('goes on watching after the database could not be read', () => {
  const clock = makeFakeClock(0);
  const ended: string[] = [];
  let failures = 1;
  const nothing = () => undefined;
  const end = watchRevocations({
    sessions: { find: (device: string) => (device === 'a' ? { device } : undefined) },
    reader: {
      revokedDevices() {
        if (failures-- > 0) throw new Error('database is locked');
        return ['a', 'b'];
      },
    },
    clock,
    disconnect: (device: string) => ended.push(device),
    log: { info: nothing, warn: nothing, error: nothing },
  } as unknown as RevocationParts);
  clock.advance(1000);
  expect(ended).toEqual([]);
  clock.advance(1000);
  expect(ended).toEqual(['a']);
  end();
});
