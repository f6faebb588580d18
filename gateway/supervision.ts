// Tells systemd that the gateway is ready and alive, where it was started by a unit of Type=notify. Node has no
// datagram sockets of the file system, so systemd's own program carries the message.
import { execFile } from 'node:child_process';
import type { Clock, Log } from './ports.ts';

const MESSAGE_LIMIT_MS = 10_000;
/** Twice within the time after which systemd would act. */
const BEATS_PER_LIMIT = 3;

export interface Supervision {
  stopping(): void;
}

export interface SupervisionOptions {
  environment: Readonly<Record<string, string | undefined>>;
  clock: Pick<Clock, 'after'>;
  log: Pick<Log, 'warn'>;
  /** Instead of the program, in tests. */
  send?: (message: string) => void;
}

/** Does nothing where nobody asked for it. */
export function reportReady({ environment, clock, log, ...options }: SupervisionOptions): Supervision {
  if (!environment.NOTIFY_SOCKET) return { stopping: () => undefined };
  const send = options.send ?? ((message) => notify(message, log));
  const limitMs = Number(environment.WATCHDOG_USEC ?? 0) / 1000;
  let cancel: () => void = () => undefined;
  const beat = () => {
    send('WATCHDOG=1');
    cancel = clock.after(limitMs / BEATS_PER_LIMIT, beat);
  };
  send('READY=1');
  if (limitMs > 0) beat();
  return {
    stopping() {
      cancel();
      send('STOPPING=1');
    },
  };
}

function notify(message: string, log: Pick<Log, 'warn'>): void {
  execFile('systemd-notify', [message], { timeout: MESSAGE_LIMIT_MS }, (error) => {
    if (error) log.warn({ reason: error.message }, 'systemd was not told.');
  });
}
