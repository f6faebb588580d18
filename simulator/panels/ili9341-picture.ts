// What an ILI9341 shows, put together from what a program did to its pins and buses: an independent reading of the
// datasheet (V1.11, chapter 8), so that a driver is proved by the picture and not by its own words. Knows no board: the
// panel's bus is the one that carries most, its data/command line the pin that changes most between the bus's writes.
import type { HardwareEvent } from '../espruino/host.ts';

export const PANEL_WIDTH_PX = 320;
export const PANEL_HEIGHT_PX = 240;

const SLEEP_OUT = 0x11;
const DISPLAY_ON = 0x29;
const COLUMN_ADDRESS = 0x2a;
const PAGE_ADDRESS = 0x2b;
const MEMORY_WRITE = 0x2c;
const MEMORY_CONTINUE = 0x3c;
const MEMORY_ACCESS = 0x36;
const PIXEL_FORMAT = 0x3a;
/** Row and column exchanged: 320 columns, 240 rows. */
const LANDSCAPE = 0x20;
const RGB565 = 0x55;

/** RGB565, high byte first; undefined while the panel is asleep, dark, or not set to landscape and 16 bits. */
export function pictureOf(events: readonly HardwareEvent[]): Uint8Array | undefined {
  const bus = busiest(events);
  const line = commandLine(events, bus);
  const panel = new Panel();
  let isCommand = false;
  for (const event of events) {
    if (event.kind === 'digital' && event.pin === line) isCommand = !event.value;
    if (event.kind !== 'bus-write' || event.bus !== bus) continue;
    if (isCommand) for (const byte of event.bytes) panel.command(byte);
    else panel.data(event.bytes);
  }
  return panel.isOn() ? panel.pixels : undefined;
}

class Panel {
  readonly pixels = new Uint8Array(PANEL_WIDTH_PX * PANEL_HEIGHT_PX * 2);
  readonly #told = new Map<number, number[]>();
  #current = 0;
  /** Bytes written into the window since the last MEMORY_WRITE. */
  #written = 0;

  command(byte: number): void {
    this.#current = byte;
    this.#told.set(byte, []);
    if (byte === MEMORY_WRITE) this.#written = 0;
  }

  data(bytes: Uint8Array): void {
    if (this.#current === MEMORY_WRITE || this.#current === MEMORY_CONTINUE)
      for (const byte of bytes) this.#pixelByte(byte);
    else this.#told.get(this.#current)?.push(...bytes);
  }

  isOn(): boolean {
    const first = (command: number) => this.#told.get(command)?.[0] ?? 0;
    const set = (first(MEMORY_ACCESS) & LANDSCAPE) !== 0 && first(PIXEL_FORMAT) === RGB565;
    return set && this.#told.has(SLEEP_OUT) && this.#told.has(DISPLAY_ON);
  }

  /** Columns first, then rows; from the window's start again behind its end. */
  #pixelByte(byte: number): void {
    const [left, right] = this.#range(COLUMN_ADDRESS, PANEL_WIDTH_PX);
    const [top, bottom] = this.#range(PAGE_ADDRESS, PANEL_HEIGHT_PX);
    const rowBytes = (right - left + 1) * 2;
    const offset = this.#written++ % (rowBytes * (bottom - top + 1));
    const row = top + Math.floor(offset / rowBytes);
    this.pixels[row * PANEL_WIDTH_PX * 2 + left * 2 + (offset % rowBytes)] = byte;
  }

  #range(command: number, sizePx: number): [number, number] {
    const [highFrom = 0, from = 0, highTo = (sizePx - 1) >> 8, to = (sizePx - 1) & 255] =
      this.#told.get(command) ?? [];
    return [highFrom * 256 + from, highTo * 256 + to];
  }
}

function busiest(events: readonly HardwareEvent[]): string | undefined {
  const bytes = new Map<string, number>();
  for (const event of events)
    if (event.kind === 'bus-write') bytes.set(event.bus, (bytes.get(event.bus) ?? 0) + event.bytes.length);
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function commandLine(events: readonly HardwareEvent[], bus: string | undefined): number | undefined {
  const levels = new Map<number, boolean>();
  const atWrite = new Map<number, boolean>();
  const changes = new Map<number, number>();
  for (const event of events) {
    if (event.kind === 'digital') levels.set(event.pin, event.value);
    if (event.kind !== 'bus-write' || event.bus !== bus) continue;
    for (const [pin, level] of levels) {
      if (atWrite.get(pin) !== level) changes.set(pin, (changes.get(pin) ?? 0) + 1);
      atWrite.set(pin, level);
    }
  }
  return [...changes].sort((a, b) => b[1] - a[1])[0]?.[0];
}
