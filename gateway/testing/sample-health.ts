// A report of an evaluator that is well, for tests to vary.
import type { Health } from '../../protocol/messages.ts';

export const SAMPLE_HEALTH: Omit<Health, 'n'> = {
  uptime: 1000,
  mem: { used: 1, total: 2 },
  journal: { unsent: 0, capacity: 1000 },
  rssi: 0,
  stuck: [],
  bouncing: [],
  resets: 0,
  fault: 0,
  drift: null,
  flashErrors: 0,
  screen: 'idle',
  previousGen: 0,
};
