// An XPT2046 touch controller on the bus of a simulated board: answers conversions about where a finger is, as the
// chip's datasheet has them. The pins are those of the ESP32-2432S028R; the finger is the test's or the page's.
import type { BusChip } from './buses.ts';

export const TOUCH_INTERRUPT_PIN = 36;
const SELECT_PIN = 33;

/** In pixels of the screen; `pressure` is what Z1 + 4095 − Z2 makes of it, 0 to 4095. */
export interface Finger {
  x: number;
  y: number;
  pressure: number;
}

/** What the resistive panel of that board gives at its edges. */
const LEVEL_EDGES = [200, 3700] as const;
const UPRIGHT_EDGES = [240, 3800] as const;
const FULL = 4095;
const CONTROL_BIT = 0x80;

export interface TouchPanel extends BusChip {
  finger: Finger | undefined;
}

export function makeTouchPanel(): TouchPanel {
  const panel: TouchPanel = {
    bus: 'SPI2',
    selectPin: SELECT_PIN,
    finger: undefined,
    /** A control byte is followed by a busy bit and twelve bits, high first; the next may come with their last. */
    exchange(sent) {
      const answer = new Uint8Array(sent.length);
      for (const [at, control] of sent.entries()) {
        if (!(control & CONTROL_BIT)) continue;
        const word = measure((control >> 4) & 7, panel.finger) << 3;
        if (at + 1 < answer.length) answer[at + 1]! |= word >> 8;
        if (at + 2 < answer.length) answer[at + 2]! |= word & 0xff;
      }
      return answer;
    },
  };
  return panel;
}

/** By the three address bits of the control byte. Without a finger the plates do not meet. */
function measure(address: number, finger: Finger | undefined): number {
  switch (address) {
    case 0b001:
      return finger ? between(LEVEL_EDGES, finger.x / 320) : 0;
    case 0b101:
      return finger ? between(UPRIGHT_EDGES, finger.y / 240) : FULL;
    case 0b011:
      return finger ? Math.floor(finger.pressure / 2) : 0;
    case 0b100:
      return finger ? FULL - Math.ceil(finger.pressure / 2) : FULL;
    default:
      return 0;
  }
}

const between = ([from, to]: readonly [number, number], part: number) =>
  Math.max(0, Math.min(FULL, Math.round(from + (to - from) * part)));
