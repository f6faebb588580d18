// How evaluators are printed: one line each in a list, one line a field for one of them.
import type { DeviceSummary } from '../fleet/admin.ts';

export function listLine(device: DeviceSummary): string {
  const link = device.online === null ? [] : [device.online ? 'online' : 'offline'];
  return [device.id, device.window ?? '-', stateOf(device), `records ${device.records}`, ...link].join('\t');
}

export function showLines(device: DeviceSummary): string[] {
  const { online } = device;
  const fields: [string, string | number | null][] = [
    ['id', device.id],
    ['window', device.window],
    ['state', stateOf(device)],
    ['link', online === null ? 'unknown, the gateway is not running' : online ? 'online' : 'offline'],
    ['records stored', device.records],
    ['not delivered', device.unsent],
    ['boots', device.boot],
    ['firmware', device.firmware],
    ['board', device.board],
    ['interpreter', device.interpreter],
    ['signal', device.rssi === null || device.rssi === 0 ? null : `${device.rssi} dBm`],
  ];
  return fields.filter(([, value]) => value !== null).map(([name, value]) => `${name.padEnd(16)}${value}`);
}

const stateOf = ({ revokedMs }: DeviceSummary) =>
  revokedMs === null ? 'registered' : `revoked ${new Date(revokedMs).toISOString()}`;
