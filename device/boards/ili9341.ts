// ILI9341 TFT controller over 4-wire SPI, write only. Commands and their parameters from the ILI9341 datasheet
// V1.11 (chapter 8); the analogue values are those of its application notes for a 2.8-inch panel.
import type { Timers } from '../ports.ts';

export interface PanelPins {
  select: EspruinoPin;
  command: EspruinoPin;
  /** Undefined where the controller's reset is the board's. */
  reset?: EspruinoPin;
}

const SOFTWARE_RESET = 0x01;
const SLEEP_OUT = 0x11;
const DISPLAY_ON = 0x29;
const COLUMN_ADDRESS = 0x2a;
const PAGE_ADDRESS = 0x2b;
const MEMORY_WRITE = 0x2c;
const MEMORY_CONTINUE = 0x3c;
/** Datasheet 8.2.12: 120 ms after a reset before SLEEP_OUT, and again before the next sleep command. */
const WAKE_MS = 120;
/** From `initialize` until the settings are there and pixels lie where they should. */
export const READY_AFTER_MS = WAKE_MS + 10;

const SETTINGS: [number, number[]][] = [
  [0xc0, [0x23]], // power control 1: 4.60 V
  [0xc1, [0x10]], // power control 2
  [0xc5, [0x3e, 0x28]], // VCOM
  [0xc7, [0x86]],
  [0x36, [0x28]], // memory access: landscape, BGR filter
  [0x3a, [0x55]], // 16 bits a pixel
  [0xb1, [0x00, 0x18]], // 79 Hz
  [0xb6, [0x08, 0x82, 0x27]], // display function
  [0x26, [0x01]], // gamma curve 1
];

export function initialize(pins: PanelPins, timers: Timers): void {
  for (const pin of [pins.select, pins.command]) pin.mode('output');
  pins.select.set();
  if (pins.reset) {
    pins.reset.mode('output');
    pins.reset.reset();
    pins.reset.set();
  } else send(pins, SOFTWARE_RESET, []);
  timers.after(WAKE_MS, () => {
    for (const setting of SETTINGS) send(pins, setting[0], setting[1]);
    send(pins, SLEEP_OUT, []);
    timers.after(WAKE_MS, () => {
      send(pins, DISPLAY_ON, []);
      // The first screen is being drawn by now: its pixels go on where they were (datasheet, Write Memory Continue).
      startPixels(pins, MEMORY_CONTINUE);
    });
  });
}

/** Leaves the panel selected and waiting for the pixels of full-width rows from `top` on. */
export function openWindow(pins: PanelPins, top: number): void {
  send(pins, COLUMN_ADDRESS, [0, 0, 319 >> 8, 319 & 255]);
  send(pins, PAGE_ADDRESS, [0, top, 0, 239]);
  startPixels(pins, MEMORY_WRITE);
}

function startPixels(pins: PanelPins, command: number): void {
  pins.command.reset();
  pins.select.reset();
  SPI1.write(command);
  pins.command.set();
}

function send(pins: PanelPins, command: number, parameters: number[]): void {
  pins.command.reset();
  pins.select.reset();
  SPI1.write(command);
  pins.command.set();
  if (parameters.length > 0) SPI1.write(parameters);
  pins.select.set();
}
