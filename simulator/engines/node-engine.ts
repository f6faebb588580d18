// The Espruino environment on Node as a DeviceEngine: real time, real sockets, flash and Storage in the device's
// folder; time may be that of another clock. For a virtual world use createEspruinoDevice with its ports instead.

import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceEngine, EngineOptions } from '../engine.ts';
import { createEspruinoDevice, type DeviceOptions, type EspruinoDevice } from '../espruino/device.ts';
import type { BoardMemory } from '../espruino/esp32.ts';
import { LINUX } from '../espruino/geometry.ts';
import type { FlashGeometry, HardwareEvent } from '../espruino/host.ts';
import type { Finger } from '../espruino/xpt2046.ts';
import type { StorageFiles, WorldClock } from '../ports.ts';
import { type FileFlash, openFileFlash } from './file-flash.ts';
import { openFileStorage } from './file-storage.ts';
import { installOnce, isReplaced } from './installed-firmware.ts';
import { createRealClock } from './real-clock.ts';
import { createRealNet } from './real-net.ts';

export { createEspruinoDevice } from '../espruino/device.ts';
export { ESP32, LINUX } from '../espruino/geometry.ts';

export interface NodeEngineOptions
  extends EngineOptions,
    Pick<DeviceOptions, 'variables' | 'version' | 'wifi' | 'touchPanel'> {
  /** Defaults to LINUX; ESP32 for a board's bundle. */
  geometry?: FlashGeometry;
  /** Instead of this machine's. */
  clock?: WorldClock | undefined;
  /** Puts a fault between the program and its Storage. */
  faultyFiles?: ((files: StorageFiles) => StorageFiles) | undefined;
}

export class NodeEngine implements DeviceEngine {
  readonly kind = 'node';
  readonly #options: NodeEngineOptions;
  readonly #geometry: FlashGeometry;
  /** What the radio of an ESP32 does. */
  readonly board: BoardMemory = { bluetooth: true };
  /** Ports of this machine by those at which the device listens. */
  readonly servers = new Map<number, number>();
  readonly #lineListeners = new Set<(line: string) => void>();
  readonly #exitListeners = new Set<(reason: string) => void>();
  readonly #serialListeners = new Set<(text: string) => void>();
  readonly #hardwareListeners = new Set<(event: HardwareEvent) => void>();
  #running: { device: EspruinoDevice; flash: FileFlash } | undefined;

  constructor(options: NodeEngineOptions) {
    this.#options = options;
    this.#geometry = options.geometry ?? LINUX;
  }

  get powered(): boolean {
    return this.#running !== undefined;
  }

  async powerOn(): Promise<void> {
    if (this.#running) throw new Error('The device is already powered on.');
    mkdirSync(this.#options.folder, { recursive: true });
    const files = openFileStorage(join(this.#options.folder, 'storage'));
    installOnce(this.#options, (wanted) => install(files, wanted));
    const { flashBytes: bytes, pageBytes } = this.#geometry;
    const flash = openFileFlash({ path: this.#flashPath(), bytes, pageBytes });
    const seen = this.#options.faultyFiles?.(files) ?? files;
    const ports = {
      clock: this.#options.clock ?? createRealClock(),
      net: createRealNet((port, real) => this.servers.set(port, real)),
      flash,
      files: seen,
    };
    const { variables, version, wifi, touchPanel = false } = this.#options;
    const device = createEspruinoDevice({
      ports,
      geometry: this.#geometry,
      nvs: this.board,
      ...(variables === undefined ? {} : { variables }),
      ...(version === undefined ? {} : { version }),
      wifi,
      touchPanel,
    });
    for (const listener of this.#serialListeners) device.onSerialOut(listener);
    device.onConsoleLine((line) => tell(this.#lineListeners, line));
    device.onHardware((event) => tell(this.#hardwareListeners, event));
    device.onExit((reason) => {
      this.#release();
      tell(this.#exitListeners, reason);
    });
    this.#running = { device, flash };
    device.powerOn();
  }

  async powerOff(): Promise<void> {
    this.#running?.device.powerOff();
    this.#release();
  }

  prompt(line: string): void {
    this.#running?.device.prompt(line);
  }

  /** Bytes on the serial line of the prompt, one character each. */
  serialIn(text: string): void {
    this.#running?.device.serialIn(text);
  }

  /** What the prompt sends, one character a byte. To be called before power on; costs drawing time. */
  onSerialOut(listener: (text: string) => void): void {
    this.#serialListeners.add(listener);
  }

  /** Drives a pin, as a finger does a key. */
  setPin(pin: number, level: boolean): void {
    this.#running?.device.setPin(pin, level);
  }

  /** A finger on the touch panel, or none. */
  touch(finger: Finger | undefined): void {
    this.#running?.device.touch(finger);
  }

  onConsoleLine(listener: (line: string) => void): () => void {
    return subscribe(this.#lineListeners, listener);
  }

  onExit(listener: (reason: string) => void): () => void {
    return subscribe(this.#exitListeners, listener);
  }

  /** What the program did to pins and buses. */
  onHardware(listener: (event: HardwareEvent) => void): () => void {
    return subscribe(this.#hardwareListeners, listener);
  }

  async readFlash(address: number, length: number): Promise<Uint8Array> {
    if (this.#running) throw new Error('Raw flash is read while powered off.');
    const { baseAddress } = this.#geometry;
    const offset = address >= baseAddress ? address - baseAddress : address;
    const file = await open(this.#flashPath(), 'r');
    try {
      const bytes = new Uint8Array(length);
      await file.read(bytes, 0, length, offset);
      return bytes;
    } finally {
      await file.close();
    }
  }

  #flashPath(): string {
    return join(this.#options.folder, 'flash.bin');
  }

  #release(): void {
    this.#running?.flash.close();
    this.#running = undefined;
  }
}

function install(files: StorageFiles, wanted: [string, Uint8Array][]): void {
  for (const name of files.names()) if (isReplaced(name)) files.erase(name);
  for (const [name, bytes] of wanted) {
    const present = files.read(name);
    if (!present || Buffer.compare(present, bytes) !== 0) files.write(name, bytes);
  }
}

function tell<T>(listeners: Set<(value: T) => void>, value: T): void {
  for (const listener of [...listeners]) listener(value);
}

function subscribe<T>(listeners: Set<(value: T) => void>, listener: (value: T) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
