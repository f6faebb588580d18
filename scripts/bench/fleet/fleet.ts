// A fleet that reconnects after a hall's power cut, in virtual time with the built firmware: how its connections spread.

import { runReturningFleet } from '../../../simulator/world/returning-fleet.ts';
import { loadFirmwareImage } from '../../firmware/load-image.ts';

export interface FleetBench {
  devices: number;
  records: number;
  gatewayAfterSeconds: number;
  seed: number;
}

export async function benchFleet({ devices, records, gatewayAfterSeconds, seed }: FleetBench) {
  const { connectedMs, ...rest } = runReturningFleet({
    firmware: await loadFirmwareImage('linux'),
    devices,
    records,
    gatewayAfterMs: gatewayAfterSeconds * 1000,
    seed,
  });
  const at = (share: number) =>
    connectedMs[Math.min(connectedMs.length - 1, Math.floor(connectedMs.length * share))];
  return {
    devices,
    connected: connectedMs.length,
    firstConnectedMs: at(0),
    medianConnectedMs: at(0.5),
    lastConnectedMs: at(1),
    busiestSecondShare: Math.round((rest.busiestSecond / devices) * 1000) / 1000,
    ...rest,
  };
}
