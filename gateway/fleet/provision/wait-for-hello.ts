// Waits until the gateway has heard the evaluator say hello, and finds out why it has not.
import type { Clock } from '../../ports.ts';
import type { FleetAdmin } from '../admin.ts';
import { checkBoard, reachPrompt } from './check-board.ts';
import { ProvisionFailure } from './failures.ts';
import type { PromptClient } from './prompt-client.ts';

const POLL_MS = 250;
/** An evaluator's clock comes from the gateway; a gateway further off than this dates presses wrongly. */
const CLOCK_LIMIT_MS = 5 * 60_000;

export interface Waiting {
  admin: Pick<FleetAdmin, 'show' | 'now'>;
  clock: Clock;
  device: string;
  /** Boot number before the restart: an older connection does not count. */
  bootBefore: number;
  limitMs: number;
}

/** True once it is online. */
export async function waitForHello({ admin, clock, device, bootBefore, limitMs }: Waiting): Promise<boolean> {
  const endMs = clock.monotonicMs() + limitMs;
  for (;;) {
    const shown = await admin.show(device);
    if (shown.ok && shown.device.online && shown.device.boot > bootBefore) return true;
    if (clock.monotonicMs() >= endMs) return false;
    await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
  }
}

export async function requireRightClock({ admin, clock }: Pick<Waiting, 'admin' | 'clock'>): Promise<void> {
  const { nowMs, clockHeld } = await admin.now();
  const offMs = Math.abs(nowMs - clock.nowMs());
  if (clockHeld) throw new ProvisionFailure('clock.wrong', 'the gateway doubts its clock');
  if (offMs > CLOCK_LIMIT_MS)
    throw new ProvisionFailure('clock.wrong', `${Math.round(offMs / 60_000)} minutes off this machine's`);
}

/** Asks the board how far it gets; always a failure. */
export async function whyNoHello(prompt: PromptClient, passwords: string[]): Promise<ProvisionFailure> {
  await reachPrompt(prompt, passwords);
  const { chip } = await checkBoard(prompt);
  if (chip !== 'ESP32') return new ProvisionFailure('gateway.unreachable');
  const told = await prompt.evaluate('require("Wifi").getDetails().status');
  const status = told.ok ? String(told.value) : '';
  if (status === 'connected') return new ProvisionFailure('gateway.unreachable');
  if (/NO_AP_FOUND/.test(status)) return new ProvisionFailure('wifi.not-found', status);
  // The access point does not say that a password is wrong: the handshake it begins does not end.
  if (/HANDSHAKE_TIMEOUT|AUTH_FAIL|AUTH_EXPIRE|MIC_FAILURE/.test(status))
    return new ProvisionFailure('wifi.password', status);
  return new ProvisionFailure('wifi.failed', status);
}
