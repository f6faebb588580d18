// XPT2046 touch controller over SPI: turns touches of the panel into presses of the areas on it. Control bytes from
// its datasheet, table 1; with both power-down bits clear its interrupt pin is low while the panel is touched and no
// conversion runs.
import type { Timers } from '../ports.ts';

export interface TouchPins {
  select: EspruinoPin;
  interrupt: EspruinoPin;
}

export interface Touching {
  timers: Timers;
  pins: TouchPins;
  /** Level of the area there, in pixels; 0 where none is. */
  levelAt(x: number, y: number): number;
  /** As of a key. */
  onKey(level: number, down: boolean, atMs: number): void;
}

/**
 * Z1, Z2, and each axis twice: what is measured first after a change of plates has not settled. Sixteen clocks a
 * conversion; its answer begins in the byte after its control byte, below one bit.
 */
const CONVERSIONS = [0xb0, 0, 0xc0, 0, 0x90, 0, 0x90, 0, 0xd0, 0, 0xd0, 0, 0];
const Z1_AT = 1;
const Z2_AT = 3;
/** Along the longer side of the panel, which lies level, and along the shorter. */
const LEVEL_AT = 7;
const UPRIGHT_AT = 11;

/** Z1 + 4095 − Z2 of a touch: the threshold that the usual Arduino driver (XPT2046_Touchscreen) takes. */
export const PRESSURE_LEAST = 400;
/** What the panel of an ESP32-2432S028R measures at its edges; the values its community's examples take. */
export const LEFT_EDGE = 200;
export const RIGHT_EDGE = 3700;
export const UPPER_EDGE = 240;
export const LOWER_EDGE = 3800;
/** Two looks alike begin a press or end it, so that it is told this long after the finger came down. */
export const LOOK_EVERY_MS = 10;
const NOT_TOUCHED = -1;

export function watchTouches(touching: Touching): void {
  const timers = touching.timers;
  const interrupt = touching.pins.interrupt;
  /** What two looks agreed on last, and what the last one saw: a level, 0 beside the areas, NOT_TOUCHED. */
  let settled = NOT_TOUCHED;
  let seen = NOT_TOUCHED;
  let looking = false;

  function look(): void {
    const level = touchedLevel(touching);
    // A finger that slides stays where it came down until it leaves the panel.
    if (level === seen && level < 0 !== settled < 0) {
      const key = level < 0 ? settled : level;
      settled = level;
      if (key) touching.onKey(key, level > 0, timers.uptimeMs());
    }
    seen = level;
    timers.after(LOOK_EVERY_MS, level < 0 && settled < 0 ? rest : look);
  }

  /** Not at once: conversions move the interrupt pin too. */
  function rest(): void {
    looking = !interrupt.read();
    if (looking) look();
  }

  touching.pins.select.mode('output');
  touching.pins.select.set();
  interrupt.mode('input');
  const touched = () => {
    if (looking) return;
    looking = true;
    look();
  };
  setWatch(touched, interrupt, { repeat: true, edge: 'falling' });
}

function touchedLevel(touching: Touching): number {
  const answer = SPI2.send(CONVERSIONS, touching.pins.select);
  const measured = (at: number) => (((answer[at]! << 8) | answer[at + 1]!) >> 3) & 4095;
  if (measured(Z1_AT) + 4095 - measured(Z2_AT) < PRESSURE_LEAST) return NOT_TOUCHED;
  return touching.levelAt(
    ((measured(LEVEL_AT) - LEFT_EDGE) / (RIGHT_EDGE - LEFT_EDGE)) * 320,
    ((measured(UPRIGHT_AT) - UPPER_EDGE) / (LOWER_EDGE - UPPER_EDGE)) * 240,
  );
}
