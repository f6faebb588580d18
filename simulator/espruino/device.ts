// Espruino's environment on Node: one evaluator's program over the ports of a world, real or virtual. This is the
// lower-level factory; simulator/engines/node-engine.ts puts it on real time, sockets and files.

import { ConsoleLines } from './console.ts';
import type { BoardMemory, WifiNetwork } from './esp32.ts';
import { LINUX } from './geometry.ts';
import type { FlashGeometry, HardwareEvent, Ports } from './host.ts';
import { type DeviceClock, Session, VERSION } from './session.ts';
import { type Finger, makeTouchPanel, TOUCH_INTERRUPT_PIN } from './xpt2046.ts';

export interface DeviceOptions {
  ports: Ports;
  /** Defaults to the Linux build's. */
  geometry?: FlashGeometry;
  /** What process.memory() calls its total; defaults to an ESP32's 16,383. */
  variables?: number;
  /** The interpreter's; defaults to the one that was measured. */
  version?: string;
  /** The Wi-Fi in reach of an ESP32; any name and password join when left out. */
  wifi?: WifiNetwork | undefined;
  /** An XPT2046 touch panel on the pins of an ESP32-2432S028R. */
  touchPanel?: boolean;
  /** Nobody looks at its screen: pixels are not drawn, which saves a third of the time. */
  isBlind?: boolean;
  /** It runs its firmware and nothing else, compiled once for all such devices of the process; much faster in a hall. */
  sharesGround?: boolean;
  /** What outlasts this object, if it is not to be a new board each time. */
  nvs?: BoardMemory;
}

export interface EspruinoDevice {
  powerOn(): void;
  powerOff(): void;
  readonly powered: boolean;
  prompt(line: string): void;
  /** Bytes on the serial line of the prompt, one character each. */
  serialIn(text: string): void;
  /** What the prompt sends, one character a byte. Returns the unsubscriber. */
  onSerialOut(listener: (text: string) => void): () => void;
  /** Drives a pin, as a finger does a key. Kept while powered only. */
  setPin(pin: number, level: boolean): void;
  /** A finger on the touch panel, or none. Kept while powered only. */
  touch(finger: Finger | undefined): void;
  onConsoleLine(listener: (line: string) => void): () => void;
  onHardware(listener: (event: HardwareEvent) => void): () => void;
  /** The program ended by itself (`quit()`). */
  onExit(listener: (reason: string) => void): () => void;
}

export function createEspruinoDevice(options: DeviceOptions): EspruinoDevice {
  const console = new ConsoleLines();
  const hardwareListeners = new Set<(event: HardwareEvent) => void>();
  const serialListeners = new Set<(text: string) => void>();
  const serialOut = (text: string) => {
    for (const listener of serialListeners) listener(text);
  };
  const exitListeners = new Set<(reason: string) => void>();
  const nvs = { bluetooth: true };
  const touchPanel = options.touchPanel ? makeTouchPanel() : undefined;
  let session: Session | undefined;
  let deviceClock: DeviceClock = { offsetMs: 0 };

  const start = (boots = true): void => {
    const current = new Session({
      ports: options.ports,
      geometry: options.geometry ?? LINUX,
      variables: options.variables ?? 16_383,
      version: options.version ?? VERSION,
      wifi: options.wifi,
      chips: touchPanel ? [touchPanel] : [],
      nvs: options.nvs ?? nvs,
      console,
      isBlind: options.isBlind ?? false,
      sharesGround: options.sharesGround ?? false,
      deviceClock,
      serialOut: () => (serialListeners.size > 0 ? serialOut : undefined),
      hardware: (event) => {
        for (const listener of hardwareListeners) listener(event);
      },
      restart: () => {
        if (session === current) start();
      },
      reset: () => {
        if (session === current) start(false);
      },
      quit: () => {
        if (session !== current) return;
        session = undefined;
        for (const listener of exitListeners) listener('The program called quit().');
      },
    });
    session = current;
    if (touchPanel) current.drivePin(TOUCH_INTERRUPT_PIN, touchPanel.finger === undefined);
    if (boots) current.boot();
    else current.idle();
  };

  return {
    powerOn() {
      if (session) throw new Error('The device is already powered on.');
      deviceClock = { offsetMs: -options.ports.clock.monotonicMs() };
      start();
    },
    powerOff() {
      if (touchPanel) touchPanel.finger = undefined;
      const stopped = session;
      session = undefined;
      stopped?.stop();
    },
    get powered() {
      return session !== undefined;
    },
    prompt: (line) => session?.prompt(line),
    serialIn: (text) => session?.serialIn(text),
    onSerialOut: (listener) => subscribe(serialListeners, listener),
    setPin: (pin, level) => session?.drivePin(pin, level),
    touch(finger) {
      if (!touchPanel) throw new Error('This board has no touch panel.');
      touchPanel.finger = finger;
      session?.drivePin(TOUCH_INTERRUPT_PIN, finger === undefined);
    },
    onConsoleLine: (listener) => console.onLine(listener),
    onHardware: (listener) => subscribe(hardwareListeners, listener),
    onExit: (listener) => subscribe(exitListeners, listener),
  };
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
