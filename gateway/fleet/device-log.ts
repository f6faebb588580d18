// Keeps what evaluators tell of themselves, for `pingjia device logs`: connecting and going offline, faults, flash
// errors, keys, resets, clock, updates. Bounded for each evaluator; never in the way of a record.

import type { Clock, Log, Sessions, Writer } from '../ports.ts';
import { DRIFT_ALARM_PPM } from '../watch/evaluators.ts';

export interface DeviceLogParts {
  sessions: Pick<Sessions, 'onHello' | 'onHealth' | 'onProgress' | 'onOffline'>;
  writer: Pick<Writer, 'submit'>;
  clock: Pick<Clock, 'nowMs'>;
  log: Log;
}

/** What was last told of an evaluator, so that only changes are kept. */
interface LastHealth {
  flashErrors: number;
  stuck: string;
  bouncing: string;
  resets: number;
  fault: number;
  drifts: boolean;
  screen: string;
}

const FAULT_SCREENS = ['fault', 'full'];

export function keepDeviceLog({ sessions, writer, clock, log }: DeviceLogParts): void {
  const last = new Map<string, LastHealth>();
  const note = (device: string, kind: string, detail: object) => {
    writer
      .submit('note-device-event', { device, kind, detail, atMs: clock.nowMs() })
      .catch((error: Error) => {
        log.warn({ device, kind, reason: error.message }, 'An event of an evaluator was not kept.');
      });
  };

  sessions.onHello(({ device, conn }, { boot, clean, fw, gen, next, acked }) =>
    note(device, 'hello', { boot, conn, clean, firmware: fw, gen, unsent: Math.max(0, next - 1 - acked) }),
  );
  sessions.onOffline(({ device, boot, conn }) => note(device, 'offline', { boot, conn }));
  sessions.onHealth(({ device }, health) => {
    const { flashErrors, stuck, bouncing, resets, fault, drift, screen } = health;
    const before = last.get(device);
    const now: LastHealth = {
      flashErrors,
      stuck: stuck.join(),
      bouncing: bouncing.join(),
      resets,
      fault,
      drifts: Math.abs(drift ?? 0) > DRIFT_ALARM_PPM,
      screen,
    };
    last.set(device, now);
    if (flashErrors > (before?.flashErrors ?? 0)) note(device, 'flash-errors', { count: flashErrors });
    if (now.stuck !== (before?.stuck ?? '')) note(device, 'stuck-keys', { levels: stuck });
    if (now.bouncing !== (before?.bouncing ?? '')) note(device, 'bouncing-keys', { levels: bouncing });
    if (resets > (before?.resets ?? 0)) note(device, 'resets', { count: resets });
    if (now.drifts && !before?.drifts) note(device, 'clock-drift', { ppm: drift });
    const isShown = screen !== before?.screen && FAULT_SCREENS.includes(screen);
    if (isShown || fault > (before?.fault ?? 0)) note(device, 'fault', { screen, code: fault });
  });
  sessions.onProgress(({ device }, { state, version, code }) => {
    // Pieces of an image are many; what becomes of it counts.
    if (state !== 'ready')
      note(device, 'update', { state, version, ...(code === undefined ? {} : { code }) });
  });
}
