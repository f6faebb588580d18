// Which evaluator a window's board is, when nobody says: the one that is there, or a new one named after the window.
// An id is never used twice.
import type { DeviceSummary } from '../admin.ts';

const ID_LIMIT_CHARACTERS = 32;

export function deviceIdFor(
  window: string,
  devices: Pick<DeviceSummary, 'id' | 'window' | 'state'>[],
): string {
  const present = devices.find((device) => device.window === window && device.state === 'registered');
  return present?.id ?? unusedId(window, devices);
}

export function unusedId(window: string, devices: Pick<DeviceSummary, 'id'>[]): string {
  const used = new Set(devices.map(({ id }) => id));
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `-${number}`;
    const id = window.slice(0, ID_LIMIT_CHARACTERS - suffix.length) + suffix;
    if (!used.has(id)) return id;
  }
}
