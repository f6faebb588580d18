import { expect, it } from 'vitest';
import type { ConnectedDevice, Sessions } from '../ports.ts';
import { makeFakeClock } from '../testing/fake-clock.ts';
import { watchEmptyJournals } from './empty-journals.ts';

it('takes no window for delivered while the evaluator that was replaced there may still hold presses', () => {
  let report: Parameters<Sessions['onHealth']>[0] = () => undefined;
  const retiring: string[] = ['a01'];
  const sessions = {
    onHealth: (listener: typeof report) => {
      report = listener;
    },
    onHello: () => undefined,
  };
  const empty = watchEmptyJournals(sessions, makeFakeClock(5), { retiringWindows: () => retiring });
  for (const window of ['a01', 'a02'])
    report(
      { window } as ConnectedDevice,
      { journal: { unsent: 0, capacity: 1 } } as Parameters<typeof report>[1],
    );
  expect(empty()).toEqual({ a02: 5 });
  retiring.pop();
  expect(empty()).toEqual({ a01: 5, a02: 5 });
});
