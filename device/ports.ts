// What the firmware needs of the world. Boards implement Hardware; main.ts wires it to the machines. Nothing
// else in device/ touches pins, flash, sockets, timers, clocks or the interpreter's modules.

import type { State } from './core/evaluator.ts';
import type { Parts } from './parts/parts.ts';

export type TimerId = number;

export interface Timers {
  /** Milliseconds since boot, whole, never going back, also across setting the wall clock. */
  uptimeMs(): number;
  after(delayMs: number, run: () => void): TimerId;
  cancel(timer: TimerId): void;
}

/** Raw NOR flash. Every call returns what the chip does; reading back is the caller's. */
export interface RawFlash {
  pageBytes: number;
  read(address: number, length: number): Uint8Array;
  write(address: number, data: Uint8Array): void;
  erasePage(address: number): void;
}

export interface FlashArea {
  address: number;
  bytes: number;
}

/** One-bit image: rows of bits, most significant first; the width is a multiple of 8. */
export interface Bitmap {
  width: number;
  height: number;
  bpp: 1;
  buffer: ArrayBuffer;
  /** Colours of zeros and ones; without it the canvas's. */
  palette?: Uint16Array;
}

/** The one strip everything is drawn into, as the interpreter's Graphics has it. Clips. Colours are RGB565. */
export interface Canvas {
  setColor(color: number): Canvas;
  setBgColor(color: number): Canvas;
  /** All of it in the background's colour. */
  clear(): Canvas;
  /** Inclusive corners. */
  fillRect(left: number, top: number, right: number, bottom: number): Canvas;
  drawImage(image: Bitmap, left: number, top: number): Canvas;
}

/** RGB565 strips of the panel's width, `stripRows` high, most significant byte first. */
export interface Panel {
  widthPx: number;
  heightPx: number;
  stripRows: number;
  canvas: Canvas;
  /** Its areas are the keys. */
  touch?: boolean;
  /** Uptime before which nothing must be shown: the controller is still starting. */
  readyAtMs?: number;
  /** Shows what the canvas holds as the strip whose top row is `y`; the canvas is reused after the call. */
  show(y: number): void;
  /** A drawing pass has ended. */
  done(): void;
}

/** Level 1–5 of the key, whether it is down, and the uptime of the edge. Raw edges; debouncing is the core's. */
export type KeyListener = (level: number, down: boolean, atMs: number) => void;

export interface Feedback {
  /** Bit level−1 set: the light of that key is on. */
  lights(mask: number): void;
  sound(name: SoundName): void;
}
export type SoundName = 'key' | 'thanks' | 'refused' | 'invite';

export interface SocketHandlers {
  onConnect(): void;
  /** Binary string, one character per byte. */
  onData(data: string): void;
  onDrain(): void;
  onClose(): void;
}
export interface Socket {
  write(data: string): void;
  end(): void;
}
export interface Datagrams {
  send(data: string, address: string, port: number): void;
  close(): void;
}

export interface Network {
  /** The link below IP is up (Wi-Fi joined; always true on a wire). */
  linked(): boolean;
  /** Why it is not, as far as the board knows. */
  linkFault(): 'no-link' | 'no-wifi' | 'wifi-password';
  rssi(): number;
  /** Joins another Wi-Fi, on boards that have one. */
  useWifi?(name: string, password: string): void;
  /** May block until connected or refused: probe first. */
  connect(address: string, port: number, handlers: SocketHandlers): Socket;
  datagrams(onMessage: (data: string) => void): Datagrams;
}

export interface Files {
  /** A file as a binary string, or `length` bytes of it from `offset`; undefined if there is no such file. */
  read(name: string, offset?: number, length?: number): string | undefined;
  /** Makes the file, `sizeBytes` long, if it is not there. Throws where it does not fit or is written already. */
  write(name: string, data: string, offset: number, sizeBytes: number): boolean;
  erase(name: string): void;
  /** Names that match. */
  list(pattern: RegExp): string[];
  /** Of Storage as a whole; a board may have to keep a reserve of it. */
  getStats(): { freeBytes: number };
}

export interface Native {
  /** 32 bytes. Of a binary string, one byte per character. */
  sha256(data: Uint8Array | string): Uint8Array;
  crc32(bytes: Uint8Array): number;
  inflate(heatshrunk: string): ArrayBuffer;
  fromBase64(text: string): string;
  memory(): { used: number; total: number };
  interpreterVersion: string;
  reboot(): void;
  /** Sets the interpreter's own clock, so that logs carry the time. */
  setWallClock(wallMs: number): void;
  /** Seeds the interpreter's generator, whose numbers are predictable by themselves. */
  seedRandom(seed: number): void;
  random(): number;
}

export interface Hardware {
  board: string;
  /** The firmware slot that runs. */
  slot: 'a' | 'b';
  timers: Timers;
  flash: RawFlash;
  journalArea: FlashArea;
  /** Two halves used in turn. */
  identityArea: FlashArea;
  /** Compacts Storage and restarts. Of what runs from Storage nothing may run on: its code moves. */
  compactAndRestart(): void;
  /** The end of Storage that files must not reach. */
  storageReserveBytes: number;
  panel: Panel;
  feedback: Feedback;
  network: Network;
  files: Files;
  native: Native;
  /** Evaluates a part of the running slot, anew each time. Undefined, and told, when it is not there or broken. */
  part<Name extends keyof Parts>(name: Name): Parts[Name] | undefined;
  /** `state` is for boards whose keys are areas of the screen. */
  listenKeys(listener: KeyListener, state: () => State): void;
  /** Makes a function callable at the prompt. What it is given is outside input. */
  command(name: string, run: (argument: unknown) => void): void;
  /** A line for whoever watches the console: `PJ1 {kind} {text}`. */
  tell(kind: string, text: string): void;
}
