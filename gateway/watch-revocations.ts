// Ends the connection of an evaluator soon after it was revoked, also by a command in another process. New
// connections of it are refused anyway.
import type { Clock, Log, Sessions } from './ports.ts';
import type { Reader } from './store/reader.ts';

const CHECK_EVERY_MS = 1000;

export interface RevocationParts {
  sessions: Pick<Sessions, 'find'>;
  reader: Pick<Reader, 'revokedDevices'>;
  clock: Clock;
  disconnect: (device: string) => void;
  log: Log;
}

/** Returns what ends the watch. */
export function watchRevocations({ sessions, reader, clock, disconnect, log }: RevocationParts): () => void {
  let cancel = clock.after(CHECK_EVERY_MS, check);
  function check(): void {
    try {
      for (const device of reader.revokedDevices()) {
        if (!sessions.find(device)) continue;
        log.warn({ device, code: 'connect.revoked' }, 'The connection of a revoked evaluator is ended.');
        disconnect(device);
      }
    } catch (error) {
      log.error({ err: error }, 'revocations not checked; they are checked again');
    } finally {
      cancel = clock.after(CHECK_EVERY_MS, check);
    }
  }
  return () => cancel();
}
