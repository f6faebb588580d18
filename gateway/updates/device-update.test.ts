import { describe, expect, it } from 'vitest';
import {
  beginUpdate,
  type DeviceUpdate,
  nextUpdate,
  SILENCE_MS,
  TRIAL_LIMIT_MS,
  type UpdateEvent,
} from './device-update.ts';

const VERSION = '2.0.0';
const sending: DeviceUpdate = { kind: 'sending', offset: 1024, heardMs: 0, compactions: 0 };
const compacted: DeviceUpdate = { ...sending, compactions: 1 };
const installing: DeviceUpdate = { kind: 'installing', sinceMs: 0 };
const ended: DeviceUpdate = { kind: 'ended', outcome: 'confirmed', code: undefined };

const hello = (fw: string, update: 'none' | 'trial' | 'returned'): UpdateEvent => ({
  type: 'hello',
  hello: { fw, update },
  nowMs: 5,
});
const progress = (state: string, more: object = {}): UpdateEvent => ({
  type: 'progress',
  progress: { version: VERSION, state, offset: 0, ...more } as never,
  nowMs: 5,
});
const tick = (nowMs: number): UpdateEvent => ({ type: 'tick', nowMs });
const over = (outcome: string, code?: string) => ({ kind: 'ended', outcome, code });

const table: [string, DeviceUpdate, UpdateEvent, object, string][] = [
  ['offers at the first look', beginUpdate(100), tick(100), { kind: 'sending', heardMs: 100 }, 'offer'],
  ['waits while it was heard lately', sending, tick(SILENCE_MS - 1), sending, 'wait'],
  ['offers again after silence', sending, tick(SILENCE_MS), { heardMs: SILENCE_MS }, 'offer'],
  [
    'offers again after a reconnect',
    sending,
    hello('1.0.0', 'none'),
    { kind: 'sending', heardMs: 5 },
    'offer',
  ],
  ['sends what is asked for', sending, progress('ready', { offset: 2048 }), { offset: 2048 }, 'chunk'],
  ['ignores a report on another version', sending, progress('ready', { version: '3.0.0' }), sending, 'wait'],
  ['awaits the new version', sending, progress('waiting'), { kind: 'installing', sinceMs: 5 }, 'wait'],
  ['awaits its confirmation', installing, hello(VERSION, 'trial'), { kind: 'installing' }, 'wait'],
  ['ends when it is confirmed', installing, progress('confirmed'), over('confirmed'), 'wait'],
  ['ends when hello tells it', installing, hello(VERSION, 'none'), over('confirmed'), 'wait'],
  ['ends when it runs already', sending, hello(VERSION, 'returned'), over('confirmed'), 'wait'],
  [
    'ends when it was given up',
    installing,
    progress('returned', { code: 'update.self-test' }),
    over('returned', 'update.self-test'),
    'wait',
  ],
  [
    'ends when the old one says hello',
    installing,
    hello('1.0.0', 'returned'),
    over('returned', 'update.not-confirmed'),
    'wait',
  ],
  [
    'ends when nothing comes back',
    installing,
    tick(TRIAL_LIMIT_MS),
    over('returned', 'update.not-confirmed'),
    'wait',
  ],
  ['waits for the trial', installing, tick(TRIAL_LIMIT_MS - 1), installing, 'wait'],
  [
    'waits where the device is busy',
    sending,
    progress('refused', { code: 'update.busy' }),
    { kind: 'sending', heardMs: 5 },
    'wait',
  ],
  [
    'has Storage compacted once',
    sending,
    progress('refused', { code: 'update.room' }),
    { compactions: 1 },
    'compact',
  ],
  [
    'waits for the compaction',
    compacted,
    progress('compacting', { version: '1.0.0' }),
    { heardMs: 5 },
    'wait',
  ],
  [
    'gives up when there is still no room',
    compacted,
    progress('refused', { code: 'update.room' }),
    over('refused', 'update.room'),
    'wait',
  ],
  [
    'gives up what is refused',
    sending,
    progress('refused', { code: 'update.mac' }),
    over('refused', 'update.mac'),
    'wait',
  ],
  ['is over for good', ended, progress('ready'), ended, 'wait'],
];

describe('the update of a device', () => {
  it.each(table)('%s', (_name, state, event, after, action) => {
    const step = nextUpdate(state, event, VERSION);
    expect(step.state).toMatchObject(after);
    expect(step.action.do).toBe(action);
  });
});
