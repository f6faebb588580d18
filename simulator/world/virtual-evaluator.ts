// An evaluator running its built firmware in a virtual world: provisioned, its journal as it was left, at the end of a
// cable to the gateway. Keys go in through the firmware's own `press`.
import type { Level } from '../../protocol/constants.ts';
import type { FirmwareImage } from '../engine.ts';
import { type PreparedFlash, prepareFlash } from '../engines/prepared-flash.ts';
import { createEspruinoDevice, type EspruinoDevice } from '../espruino/device.ts';
import { LINUX } from '../espruino/geometry.ts';
import type { SimulatedServer } from '../server.ts';
import { createMemoryFiles } from './memory-files.ts';
import { createMemoryFlash, type MemoryFlash } from './memory-flash.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { createVirtualCable, type VirtualCable } from './virtual-net.ts';

export interface VirtualEvaluator {
  readonly device: EspruinoDevice;
  readonly flash: MemoryFlash;
  readonly cable: VirtualCable;
  /** Console lines without their `PJ1 `; what did not begin so is kept whole. */
  readonly lines: string[];
  press(level: Level): void;
  /** Content of the journal area. */
  journalBytes(): Uint8Array;
}

export interface VirtualEvaluatorOptions {
  clock: VirtualClock;
  firmware: FirmwareImage;
  prepared: PreparedFlash;
  server(): SimulatedServer | undefined;
  /** Cable's delay one way, milliseconds. */
  delayMs?: number;
  /** One of many, which run nothing but their firmware. */
  sharesGround?: boolean;
}

/** Powered off at first. */
export function createVirtualEvaluator(options: VirtualEvaluatorOptions): VirtualEvaluator {
  const { clock, firmware, prepared, server, delayMs, sharesGround = false } = options;
  const { journal, identity } = prepareFlash(prepared, LINUX);
  const flash = createMemoryFlash({ bytes: LINUX.flashBytes, pageBytes: LINUX.pageBytes });
  flash.image.set(journal.data, journal.offset);
  flash.image.set(identity.data, identity.offset);
  const settings = Buffer.from(JSON.stringify({ gateway: '10.0.0.1', port: 1883 }));
  const files = createMemoryFiles({ ...firmware.files, 'pj.net': settings });
  const cable = createVirtualCable({ clock, server, ...(delayMs !== undefined && { delayMs }) });
  const device = createEspruinoDevice({ ports: { clock, net: cable.net, flash, files }, sharesGround });
  const lines: string[] = [];
  device.onConsoleLine((line) => lines.push(line.replace(/^PJ1 /, '')));
  return {
    device,
    flash,
    cable,
    lines,
    press: (level) => device.prompt(`press(${level})`),
    journalBytes: () => flash.image.slice(LINUX.journal.offset, LINUX.journal.offset + LINUX.journal.bytes),
  };
}
