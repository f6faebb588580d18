import { describe, expect, it } from 'vitest';
import { makeTurns } from './turns.ts';

describe('records that take turns at the writer', () => {
  it('are never more under way than the limit, go in their order, and none is left waiting', async () => {
    const limit = 3;
    const turns = makeTurns(limit);
    const begun: number[] = [];
    let underWay = 0;
    let most = 0;
    const record = async (id: number) => {
      await turns.next();
      begun.push(id);
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      turns.release();
    };
    const ids = Array.from({ length: 50 }, (_, id) => id);
    await Promise.all(ids.map(record));
    expect(begun).toEqual(ids);
    expect(most).toBe(limit);
    expect(turns.next()).toBeUndefined();
  });
});
