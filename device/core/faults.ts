// What can go wrong with an evaluator so that it takes no presses, in one table: the code its screen shows, and
// what to do. README.md prints it; a test compares the two.

import type { LinkState } from '../contracts.ts';

export interface Fault {
  /** Shown large, from 1. */
  number: number;
  meaning: string;
  remedy: string;
}

export const FAULTS = {
  flash: {
    number: 1,
    meaning: 'A record could not be written to flash, or did not read back.',
    remedy: 'Restart the evaluator; if the fault returns, replace it. What was thanked for is kept.',
  },
  start: {
    number: 2,
    meaning: 'The firmware failed while starting.',
    remedy: 'Restart the evaluator; if the fault returns, provision it anew.',
  },
} as const satisfies Record<string, Fault>;

/** What keeps an evaluator from its gateway, or from the time. It goes on trying, and presses are kept. */
export const TROUBLES = {
  'no-link': {
    number: 11,
    meaning: 'The Wi-Fi is not joined yet, or its settings are missing.',
    remedy: 'Wait a minute; then check the name of the Wi-Fi in the settings and that it reaches the window.',
  },
  'no-wifi': {
    number: 12,
    meaning: 'No Wi-Fi of that name was found.',
    remedy: 'Check the name in the settings, and that the access point is on and uses 2.4 GHz.',
  },
  'wifi-password': {
    number: 13,
    meaning: 'The Wi-Fi refused the password.',
    remedy: 'Correct the password in the settings of the evaluator.',
  },
  'no-gateway': {
    number: 14,
    meaning: 'The gateway did not answer.',
    remedy:
      'Check that the gateway runs, its address in the settings, and the firewall: UDP and TCP of its port.',
  },
  refused: {
    number: 15,
    meaning: 'The gateway refused the evaluator.',
    remedy: 'Look for its id in `pingjia device list`; provision it anew if it was revoked.',
  },
  clock: {
    number: 16,
    meaning: 'The time is not known yet; presses are dated by boot and uptime.',
    remedy: 'Nothing, once the gateway is reached; else see the code of the connection.',
  },
} as const satisfies Record<string, Fault>;

export type TroubleCode = keyof typeof TROUBLES;

export type FaultCode = keyof typeof FAULTS;
/** The part the firmware carries. */
export const faultNumber = (code: FaultCode): number => (code === 'flash' ? 1 : 2);
export function troubleNumber(code: LinkState | 'clock'): number {
  switch (code) {
    case 'no-link':
      return 11;
    case 'no-wifi':
      return 12;
    case 'wifi-password':
      return 13;
    case 'no-gateway':
      return 14;
    case 'refused':
      return 15;
    case 'clock':
      return 16;
    default:
      return 0;
  }
}
