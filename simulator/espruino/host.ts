// What the parts of a device's environment share: its JavaScript world, its one thread, its console, the ports of
// the world around it, and where its flash lies. Types only.

import type { FlashChip, StorageFiles, WorldClock, WorldNet } from '../ports.ts';
import type { BusChip } from './buses.ts';
import type { ConsoleLines } from './console.ts';
import type { EventLoop } from './event-loop.ts';
import type { Realm } from './realm.ts';

export interface Ports {
  clock: WorldClock;
  net: WorldNet;
  flash: FlashChip;
  files: StorageFiles;
}

/** Where a board's flash lies; offsets are from the chip's start, addresses are what the program uses. */
export interface FlashGeometry {
  board: string;
  /** The program's address of the chip's first byte. */
  baseAddress: number;
  flashBytes: number;
  pageBytes: number;
  journal: { offset: number; bytes: number };
  identity: { offset: number; bytes: number };
  /** What Storage may use before it would reach raw flash. */
  storageBytes: number;
}

/** What the program did to its pins and buses, for whoever plays the hardware. */
export type HardwareEvent =
  | { kind: 'pin-mode'; pin: number; mode: string }
  | { kind: 'digital'; pin: number; value: boolean }
  | { kind: 'analog'; pin: number; value: number; frequencyHz: number | undefined }
  | { kind: 'bus-setup'; bus: string; options: unknown }
  | { kind: 'bus-write'; bus: string; bytes: Uint8Array };

export interface Host {
  realm: Realm;
  loop: EventLoop;
  console: ConsoleLines;
  ports: Ports;
  geometry: FlashGeometry;
  /** On the SPI ports. */
  chips: readonly BusChip[];
  /** Nobody looks at its screen: pixels are not drawn. */
  isBlind: boolean;
  hardware(event: HardwareEvent): void;
  /** Reports an error nobody caught; the program goes on. */
  uncaught(error: unknown): void;
  /** Starts the device again once the running job has ended. */
  restart(): void;
  random(): number;
  seedRandom(seed: number): void;
  /** Milliseconds of the device's own clock. */
  nowMs(): number;
  setNowMs(wallMs: number): void;
  /** An error flag as E.getErrorFlags reports it. */
  raise(flag: string): void;
}
