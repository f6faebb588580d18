// How evaluators are printed: one line each in a list, one line a field for one of them.
import type { DeviceHealth, DeviceSummary } from '../fleet/admin.ts';
import type { DeviceEvent } from '../store/questions/fleet.ts';

export function listLine(device: DeviceSummary): string {
  const link = device.online === null ? [] : [device.online ? 'online' : 'offline'];
  const state = [stateOf(device), `records ${device.records}`];
  return [device.id, device.window ?? '-', ...state, ...link, ...device.troubles].join('\t');
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
    ...(device.health ? healthFields(device.health) : []),
    ['to look at', device.troubles.length === 0 ? null : device.troubles.join(', ')],
  ];
  return fields.filter(([, value]) => value !== null).map(([name, value]) => `${name.padEnd(16)}${value}`);
}

function healthFields(health: DeviceHealth): [string, string | number | null][] {
  const { fault, stuck, bouncing, resets, drift, flashErrors, mem } = health;
  const keys = [...stuck.map((level) => `${level} is stuck`), ...bouncing.map((level) => `${level} bounces`)];
  return [
    ['fault', fault === 0 ? null : `code ${fault}, see device/README.md`],
    ['keys', keys.length === 0 ? 'sound' : keys.join(', ')],
    ['resets', resets],
    ['clock', drift === null ? 'drift not measured yet' : `${drift} ppm, ${driftSeconds(drift)} s a day`],
    ['flash errors', flashErrors],
    ['memory', `${mem.used} of ${mem.total} blocks`],
  ];
}

const driftSeconds = (ppm: number): string => (ppm * 0.0864).toFixed(1);

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
