// The interpreter's globals and modules that the boards use, as far as they use them. Types only.

declare const E: {
  CRC32(data: ArrayBuffer | Uint8Array | string): number;
  toString(data: ArrayBuffer | Uint8Array): string;
  srand(seed: number): void;
  reboot(): void;
  setPassword(password: string): void;
  lockConsole(): void;
  enableWatchdog(seconds: number, automatic: boolean): void;
  on(event: 'kill' | 'errorFlag', run: () => void): void;
};

interface EspruinoSocket {
  on(event: 'data', run: (data: string) => void): void;
  on(event: 'drain' | 'close' | 'error' | 'end', run: () => void): void;
  write(data: string): void;
  end(): void;
}

interface EspruinoDatagramSocket {
  on(event: 'message', run: (data: string) => void): void;
  on(event: 'error' | 'close', run: () => void): void;
  send(data: string, port: number, address: string): void;
  close(): void;
}

interface EspruinoModules {
  Storage: {
    read(name: string, offset?: number, length?: number): string | undefined;
    write(name: string, data: string, offset: number, sizeBytes: number): boolean;
    erase(name: string): void;
    list(pattern: RegExp): string[];
    getStats(): { freeBytes: number };
  };
  Flash: {
    read(length: number, address: number): Uint8Array;
    write(data: Uint8Array, address: number): void;
    erasePage(address: number): void;
  };
  heatshrink: {
    compress(data: ArrayBuffer): ArrayBuffer;
    decompress(data: string): ArrayBuffer;
  };
  crypto: {
    SHA512(data: ArrayBuffer): ArrayBuffer;
    SHA256(data: ArrayBuffer | Uint8Array | string): ArrayBuffer;
  };
  net: { connect(to: { host: string; port: number }, connected: () => void): EspruinoSocket };
  dgram: { createSocket(type: 'udp4'): EspruinoDatagramSocket };
  TelnetServer: { setOptions(options: { mode: 'on' | 'off' }): void };
  Wifi: {
    connect(name: string, options: { password: string }, done: (error: unknown) => void): void;
    startAP(name: string, options: { password: string; authMode: 'wpa2' }, started: () => void): void;
    stopAP(): void;
    getDetails(): { status: string; rssi: number };
    on(event: 'connected' | 'disconnected', run: () => void): void;
  };
}
/** The interpreter's `require`, put back by the build: a bundler takes that word for itself. */
declare function library<Name extends keyof EspruinoModules>(name: Name): EspruinoModules[Name];

declare const process: {
  version: string;
  memory(): { usage: number; total: number };
};

declare const Graphics: {
  createArrayBuffer(
    width: number,
    height: number,
    bitsPerPixel: 16,
    options: { msb: true },
  ): import('../ports.ts').Canvas & { buffer: ArrayBuffer };
};

interface EspruinoPin {
  mode(mode: 'output' | 'input' | 'input_pullup'): void;
  read(): boolean;
  set(): void;
  reset(): void;
  write(value: boolean): void;
  toggle(): void;
}

/** `time` in seconds of the interpreter's clock. */
interface EspruinoEdge {
  state: boolean;
  time: number;
}
declare function setWatch(
  run: (edge: EspruinoEdge) => void,
  pin: EspruinoPin,
  options: { repeat: true; edge: 'both' | 'falling' },
): number;
declare function setTimeout(run: (() => void) | string, delayMs: number): number;
declare function setInterval(run: () => void, periodMs: number): number;
declare function clearInterval(timer: number): void;
declare function clearTimeout(timer: number): void;
declare function getTime(): number;
declare function setTime(seconds: number): void;
declare function analogWrite(pin: EspruinoPin, value: number, options: { freq: number }): void;
declare function print(text: string): void;
declare function load(): void;
declare function atob(base64: string): string;
declare function btoa(binary: string): string;
/** `slot`: the file of the firmware that runs, and whether it is on trial; `.bootcde` sets both. */
declare const global: Record<string, unknown> & { slot?: string; trial?: boolean };
declare const SPI1: {
  setup(options: { mosi: EspruinoPin; miso: EspruinoPin; sck: EspruinoPin; baud: number }): void;
  write(data: ArrayBuffer | Uint8Array | number[] | number): void;
};
declare const SPI2: {
  setup(options: { mosi: EspruinoPin; miso: EspruinoPin; sck: EspruinoPin; baud: number }): void;
  /** Selects by the pin; gives what came back, byte by byte. */
  send(data: number[], select: EspruinoPin): Uint8Array;
};
declare const Serial2: {
  setup(baud: number, options: { tx: EspruinoPin }): void;
  write(data: Uint8Array): void;
};
declare const D0: EspruinoPin;
declare const D2: EspruinoPin;
declare const D4: EspruinoPin;
declare const D5: EspruinoPin;
declare const D12: EspruinoPin;
declare const D13: EspruinoPin;
declare const D14: EspruinoPin;
declare const D15: EspruinoPin;
declare const D16: EspruinoPin;
declare const D17: EspruinoPin;
declare const D18: EspruinoPin;
declare const D19: EspruinoPin;
declare const D21: EspruinoPin;
declare const D22: EspruinoPin;
declare const D23: EspruinoPin;
declare const D25: EspruinoPin;
declare const D26: EspruinoPin;
declare const D27: EspruinoPin;
declare const D32: EspruinoPin;
declare const D33: EspruinoPin;
declare const D34: EspruinoPin;
declare const D35: EspruinoPin;
declare const D36: EspruinoPin;
declare const D39: EspruinoPin;
/** Put in by the build. */
declare const FIRMWARE_VERSION: string;
