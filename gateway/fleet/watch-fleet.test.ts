import { describe, expect, it } from 'vitest';
import { type ConnectedDevice, type Sessions, StoreUnavailable } from '../ports.ts';
import { SAMPLE_HEALTH } from '../testing/sample-health.ts';
import type { Registry } from './registry.ts';
import { watchFleet } from './watch-fleet.ts';

describe('a heartbeat', () => {
  it('that comes while a failed commit is made up for is left to the next one', () => {
    const listeners: Parameters<Sessions['onHealth']>[0][] = [];
    let asked = 0;
    const nothing = () => undefined;
    watchFleet({
      sessions: { onHello: nothing, onHealth: (listener) => void listeners.push(listener), send: () => true },
      registry: {} as Registry,
      reader: {
        deviceById() {
          asked += 1;
          throw new StoreUnavailable('the database is being checked');
        },
      },
      log: { info: nothing, warn: nothing, error: nothing },
    });
    for (const tell of listeners) tell({ device: 'a01' } as ConnectedDevice, { ...SAMPLE_HEALTH, n: 1 });
    expect(asked).toBe(1);
  });
});
