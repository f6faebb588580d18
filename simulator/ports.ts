// What the Espruino environment on Node needs of the world around it: time, network, flash and console.
// Real adapters (Node timers, sockets, files) and virtual ones (one event queue, one seed) implement these;
// nothing else in simulator/espruino/ reads a clock, opens a socket or touches a file.

/** Cancels what it was returned for; calling it twice does nothing. */
export type Cancel = () => void;

export interface WorldClock {
  /** True wall time, milliseconds since 1970-01-01 UTC. A device starts without it: its own Date begins at 1970. */
  wallMs(): number;
  /** Milliseconds that never go back, from an arbitrary start. May have a fraction. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs` (0 or more). */
  after(delayMs: number, run: () => void): Cancel;
}

export interface StreamHandlers {
  onConnect(): void;
  /** At most 536 bytes a call, as Espruino delivers them. */
  onData(bytes: Uint8Array): void;
  /** The last write left; more may be written. */
  onDrain(): void;
  /** Called once, last. `errorCode` is 0 for an orderly end. */
  onClose(errorCode: number): void;
}

export interface Stream {
  write(bytes: Uint8Array): void;
  end(): void;
}

export interface DatagramHandlers {
  onMessage(bytes: Uint8Array, from: { address: string; port: number }): void;
}

export interface Datagrams {
  send(bytes: Uint8Array, to: { address: string; port: number }): void;
  close(): void;
}

/** Somebody who has come to a port of the device. */
export interface Visitor {
  /** To be called once, at once. */
  attach(handlers: StreamHandlers): Stream;
}

export interface WorldNet {
  /** Never throws: a refused or blackholed address ends in `onClose` with an error code. */
  connect(to: { host: string; port: number }, handlers: StreamHandlers): Stream;
  openDatagrams(handlers: DatagramHandlers): Datagrams;
  /** Listens at a port of the device; the world decides who gets there. Where left out, nobody does. */
  listen?(port: number, onVisitor: (visitor: Visitor) => void): { close(): void };
}

/** One NOR flash chip: bits are cleared by writing and set again only by erasing a page. */
export interface FlashChip {
  readonly bytes: number;
  readonly pageBytes: number;
  read(address: number, length: number): Uint8Array;
  write(address: number, data: Uint8Array): void;
  erasePage(address: number): void;
}

/** Storage's files, which survive a restart. Names are at most 28 bytes. */
export interface StorageFiles {
  read(name: string): Uint8Array | undefined;
  write(name: string, data: Uint8Array): void;
  erase(name: string): void;
  names(): string[];
}
