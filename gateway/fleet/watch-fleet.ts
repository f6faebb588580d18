// What follows by itself when an evaluator says hello or how it is: a key that waits for it is sent, and one whose
// window another has taken is revoked once nothing of it is outstanding.
import { wrapKey } from '../../protocol/keys.ts';
import { type Log, type Sessions, StoreUnavailable } from '../ports.ts';
import type { Reader } from '../store/reader.ts';
import type { Registry } from './registry.ts';

export interface FleetWatchParts {
  sessions: Pick<Sessions, 'onHello' | 'onHealth' | 'send'>;
  registry: Registry;
  reader: Pick<Reader, 'deviceById'>;
  log: Log;
}

export function watchFleet({ sessions, registry, reader, log }: FleetWatchParts): void {
  sessions.onHello(({ device }) => {
    const known = registry.find(device);
    const waiting = known && registry.waitingKey(known);
    if (waiting) sendKey(sessions, { device, ...waiting });
  });
  /** While the database is made up for nothing can be asked; the next heartbeat comes. */
  const find = (device: string) => {
    try {
      return reader.deviceById(device);
    } catch (error) {
      if (error instanceof StoreUnavailable) return undefined;
      throw error;
    }
  };
  sessions.onHealth(({ device, hello }, health) => {
    const known = find(device);
    if (known?.retiredMs === undefined || known.revokedMs !== undefined) return;
    const hasAll = health.journal.unsent === 0 && known.watermark >= (hello?.next ?? 1) - 1;
    if (!hasAll) return;
    registry.revoke(device).then(
      () => log.info({ device }, 'A replaced evaluator has delivered everything and is revoked.'),
      (error: Error) => log.warn({ device, reason: error.message }, 'A replaced evaluator was not revoked.'),
    );
  });
}

/** False if it is not connected; it is sent at its next hello then. */
export function sendKey(
  sessions: Pick<Sessions, 'send'>,
  { device, gen, key }: { device: string; gen: number; key: Uint8Array },
): boolean {
  return sessions.send(device, 'control', ({ n, down }) => ({
    do: 'rekey',
    gen,
    wrapped: wrapKey(down, key, { gen, n }),
  }));
}
