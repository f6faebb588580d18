// One evaluator running its built firmware, whatever interprets it: the Espruino environment on Node, or a
// real Espruino. Tests, the demo and the fleet speak to an evaluator only through this.

export interface DeviceEngine {
  readonly kind: 'node' | 'espruino';
  /** Boots from the flash image in the device's folder, as a board does after power on. */
  powerOn(): Promise<void>;
  /** Power cut: nothing of the program runs any more when the promise resolves. Flash keeps what was written. */
  powerOff(): Promise<void>;
  readonly powered: boolean;
  /** Types one line at the interpreter's prompt; it is evaluated there. */
  prompt(line: string): void;
  /** Complete lines of the console, without the line end and terminal sequences. Returns the unsubscriber. */
  onConsoleLine(listener: (line: string) => void): () => void;
  /** Called when the program ended by itself (a real interpreter that crashed), with a sentence. */
  onExit(listener: (reason: string) => void): () => void;
  /** A copy of raw flash from `address`; only while powered off. */
  readFlash(address: number, length: number): Promise<Uint8Array>;
}

/** What `npm run firmware` leaves in `build/firmware/<board>/`. */
export interface FirmwareImage {
  board: string;
  version: string;
  /** Storage files by name: `.bootcde`, the firmware slot, the assets. */
  files: Record<string, Uint8Array>;
}

export interface EngineOptions {
  /** The device's own folder: flash image and Storage live there and outlast the engine. Created when missing. */
  folder: string;
  firmware: FirmwareImage;
  /** Files put into Storage beside the firmware's, for instance network settings. */
  extraFiles?: Record<string, Uint8Array>;
}
