import { expect, it } from 'vitest';
import { GIVES_WAY_LIMIT_TURNS, LONG_TRANSACTION_MS, makePatience } from './patience.ts';

it('the end of terms lets records go first after a long transaction, and only if there are any', () => {
  const patience = makePatience();
  expect(patience.givesWay(1)).toBe(false);
  patience.took(LONG_TRANSACTION_MS + 1);
  expect(patience.givesWay(0)).toBe(false);
  expect(patience.givesWay(1)).toBe(true);
  patience.took(LONG_TRANSACTION_MS);
  expect(patience.givesWay(1)).toBe(false);
});

it('the end of terms has its turn though every transaction is long and records never stop coming', () => {
  const patience = makePatience();
  for (let round = 0; round < 3; round += 1) {
    let turns = 0;
    for (patience.took(1000); patience.givesWay(2000); patience.took(1000)) turns += 1;
    expect(turns).toBe(GIVES_WAY_LIMIT_TURNS);
  }
});
