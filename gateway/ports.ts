// What the gateway's parts need of the world and of each other: clock, log, the one writer, the reader, and the
// evaluators that are connected. Adapters are built in compose.ts only.

import type { DownKind } from '../protocol/constants.ts';
import type { Health, Hello, Progress, Will } from '../protocol/messages.ts';
import type { Commands } from './store/commands/commands.ts';
import type { SignedRecord } from './store/record-body.ts';

export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  nowMs(): number;
  /** Milliseconds that never go back. */
  monotonicMs(): number;
  after(delayMs: number, run: () => void): Cancel;
}

/** The part of pino that is used. Messages are sentences; codes and ids are fields. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export type CommandName = keyof Commands;

/** The database could not take a command; nothing of it was kept. */
export class StoreUnavailable extends Error {
  readonly code = 'store.unavailable';
}

export type RecordSettled<Input = SignedRecord> = (
  result: Commands['store-evaluation']['out'] | Error,
  input: Input,
) => void;

/** All writes. A promise resolves after the COMMIT that holds the command's effect. */
export interface Writer {
  /** Rejects with StoreUnavailable when the commit failed or too much waits already. */
  submit<N extends CommandName>(name: N, input: Commands[N]['in']): Promise<Commands[N]['out']>;
  /**
   * `submit` of 'store-evaluation' without a promise, because it is what happens most. `settled` is called once,
   * after the COMMIT or with an error, and must not throw. It is given `input` again, which must not change until
   * the end of that turn of the event loop.
   */
  store<Input extends SignedRecord>(input: Input, settled: RecordSettled<Input>): void;
  /** Commands given and not yet committed. */
  waiting(): number;
  stop(): Promise<void>;
}

/** Names of the counters: wire error codes and a few events. */
export interface Counters {
  count(name: string): void;
  all(): Record<string, number>;
}

export interface ConnectedDevice {
  device: string;
  window: string | undefined;
  boot: number;
  conn: number;
  hello: Hello | undefined;
  health: Health | undefined;
  seenAtMs: number;
}

/** A message that depends on the counter it gets, and on the session's downward key. */
export type MakeDown = (seal: { n: number; down: Uint8Array }) => Record<string, unknown>;

/** The evaluators that are connected, and messages to them. */
export interface Sessions {
  /** False if the device has not said hello; nothing is queued for it, it gets its state at its next hello. */
  send(device: string, kind: DownKind, message: object | MakeDown): boolean;
  connected(): ConnectedDevice[];
  /** Undefined if it is not connected. */
  find(device: string): ConnectedDevice | undefined;
  onHello(listener: (device: ConnectedDevice, hello: Hello) => void): void;
  onHealth(listener: (device: ConnectedDevice, health: Health) => void): void;
  onProgress(listener: (device: ConnectedDevice, progress: Progress) => void): void;
  onOffline(listener: (device: ConnectedDevice, will: Will | undefined) => void): void;
}
