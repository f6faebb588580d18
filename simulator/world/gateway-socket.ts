// The gateway's end of a virtual connection, as much of a socket as its MQTT code uses: bytes come as events, a paused
// one keeps them, and its close is told once.
import { EventEmitter } from 'node:events';
import type { ServerConnection } from '../server.ts';

export class GatewaySocket extends EventEmitter {
  readonly remoteAddress = '10.0.0.2';
  /** Everything leaves at once. */
  readonly writableLength = 0;
  readonly #connection: ServerConnection;
  #paused = false;
  #closed = false;
  #kept: Buffer[] = [];

  constructor(connection: ServerConnection) {
    super();
    this.#connection = connection;
  }

  isPaused(): boolean {
    return this.#paused;
  }

  pause(): this {
    this.#paused = true;
    return this;
  }

  resume(): this {
    this.#paused = false;
    queueMicrotask(() => {
      while (!this.#paused && !this.#closed && this.#kept.length > 0) this.emit('data', this.#kept.shift());
    });
    return this;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#closed) this.#connection.write(bytes);
    return true;
  }

  destroySoon(): void {
    this.destroy();
  }

  destroy(): this {
    if (this.#closed) return this;
    this.#closed = true;
    this.#connection.end();
    queueMicrotask(() => this.emit('close'));
    return this;
  }

  /** Bytes of the other end. */
  take(bytes: Uint8Array): void {
    if (this.#closed) return;
    const chunk = Buffer.from(bytes);
    if (this.#paused || this.#kept.length > 0) this.#kept.push(chunk);
    else this.emit('data', chunk);
  }

  /** The other end is gone. */
  ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.emit('end');
    this.emit('close');
  }
}
