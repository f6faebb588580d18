import { describe, expect, it } from 'vitest';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { runReturningFleet } from './returning-fleet.ts';

describe('a hall whose power returns', () => {
  it('sees its evaluators come one after another, and gets every record of all of them', async () => {
    const devices = 30;
    const result = runReturningFleet({
      firmware: await loadFirmwareImage('linux'),
      devices,
      records: 5,
      gatewayAfterMs: 20_000,
      seed: 7,
    });
    expect(result).toMatchObject({ delivered: devices * 5, lost: 0 });
    expect(result.connectedMs).toHaveLength(devices);
    // Without jitter all would come in one second.
    expect(result.busiestSecond).toBeLessThanOrEqual(devices / 4);
  });
});
