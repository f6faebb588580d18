// How evaluators are printed: one line each in a list, one line a field for one of them.
import type { DeviceSummary } from '../fleet/admin.ts';
import type { DeviceEvent } from '../store/questions/fleet.ts';

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
    [
      'key',
      device.keyWaits ? `generation ${device.gen}, the next one waits for it` : `generation ${device.gen}`,
    ],
    ['firmware', device.firmware],
    ['board', device.board],
    ['interpreter', device.interpreter],
    ['signal', device.rssi === null || device.rssi === 0 ? null : `${device.rssi} dBm`],
  ];
  return fields.filter(([, value]) => value !== null).map(([name, value]) => `${name.padEnd(16)}${value}`);
}

/** What an evaluator told of itself: when, what, and the details as name=value. */
export function eventLine({ atMs, kind, detail }: DeviceEvent): string {
  const fields = Object.entries(detail).map(
    ([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') || '-' : String(value)}`,
  );
  return [new Date(atMs).toISOString(), kind, ...fields].join(' ');
}

function stateOf({ state, revokedMs }: DeviceSummary): string {
  return revokedMs === null ? state : `revoked ${new Date(revokedMs).toISOString()}`;
}
