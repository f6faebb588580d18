// require("net").connect over the world's streams. Events carry binary strings; write always returns false and
// queues; connecting holds the interpreter until it ends, as the blocking connect of the real one does.

import type { Stream, StreamHandlers, Visitor } from '../ports.ts';
import { binaryString, toBytes } from './bytes.ts';
import type { Host } from './host.ts';

/** Espruino's names for what went wrong, by its error code. */
const MESSAGES: Record<number, string> = { [-3]: 'timeout', [-4]: 'no route', [-9]: 'connection reset' };
const UNSENT = -8;
const REFUSED = -9;

interface Emitter {
  on(event: string, listener: (socket: object) => void): void;
}

export class Connections {
  readonly #host: Host;
  readonly #open = new Set<Connection>();
  readonly #servers = new Set<{ close(): void }>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** The module object that `require("net")` gives. */
  module(): object {
    return {
      connect: (options: { host?: unknown; port?: unknown }, onConnect?: (socket: object) => void) => {
        if (typeof options !== 'object' || options === null)
          throw this.#host.realm.error('Expecting Options to be an Object');
        const connection = new Connection(this.#host, () => this.#open.delete(connection));
        this.#open.add(connection);
        connection.start(
          { host: String(options.host ?? '127.0.0.1'), port: Number(options.port) },
          onConnect,
        );
        return connection.socket;
      },
      createServer: (onClient: (socket: object) => void) => this.#makeServer(onClient),
    };
  }

  #makeServer(onClient: (socket: object) => void): object {
    let listening: { close(): void } | undefined;
    const stop = () => {
      listening?.close();
      if (listening) this.#servers.delete(listening);
      listening = undefined;
    };
    return this.#host.realm.object({
      listen: (port: unknown) => {
        listening = this.#host.ports.net.listen?.(Number(port), (visitor) => {
          const connection = new Connection(this.#host, () => this.#open.delete(connection));
          this.#open.add(connection);
          connection.accept(visitor);
          this.#host.loop.post(() => onClient(connection.socket));
        });
        if (listening) this.#servers.add(listening);
      },
      close: stop,
    });
  }

  listening(socket: object): void {
    for (const connection of this.#open) if (connection.socket === socket) connection.pushReceived();
  }

  /** The power is gone: no event follows. */
  drop(): void {
    for (const connection of this.#open) connection.drop();
    this.#open.clear();
    for (const server of this.#servers) server.close();
    this.#servers.clear();
  }
}

class Connection {
  readonly socket: object;
  readonly #host: Host;
  readonly #forget: () => void;
  #stream: Stream | undefined;
  #state: 'connecting' | 'open' | 'ending' | 'closed' = 'connecting';
  #unsent: Uint8Array[] = [];
  #inFlight = false;
  #received: string[] = [];

  constructor(host: Host, forget: () => void) {
    this.#host = host;
    this.#forget = forget;
    this.socket = host.realm.object({
      write: (data: unknown) => this.#write(data),
      end: (data?: unknown) => this.#end(data),
      available: () => this.#received.reduce((sum, text) => sum + text.length, 0),
      read: () => this.#received.splice(0).join(''),
    });
  }

  start(to: { host: string; port: number }, onConnect: ((socket: object) => void) | undefined): void {
    const { loop, realm } = this.#host;
    const release = loop.hold();
    if (onConnect) (this.socket as Emitter).on('connect', onConnect);
    let failedAtOnce = true;
    const failure = () => failedAtOnce && this.#state === 'closed';
    this.#stream = this.#host.ports.net.connect(to, {
      ...this.#handlers(release),
      onConnect: () => {
        if (this.#state !== 'connecting') return;
        this.#state = 'open';
        this.#tellConnected();
        this.#flush();
        if (!this.#inFlight) realm.emit(this.socket, 'drain', this.socket);
        release();
      },
    });
    const failed = failure();
    failedAtOnce = false;
    if (failed) throw realm.internalError('Unable to create socket');
  }

  #handlers(release: () => void): StreamHandlers {
    return {
      onConnect: () => undefined,
      onData: (bytes) => this.#receive(bytes),
      onDrain: () => this.#drained(),
      onClose: (errorCode) => {
        this.#closed(errorCode);
        release();
      },
    };
  }

  accept(visitor: Visitor): void {
    this.#state = 'open';
    this.#stream = visitor.attach(this.#handlers(() => undefined));
  }

  pushReceived(): void {
    if (this.#received.length === 0) return;
    this.#host.loop.post(() => {
      if (this.#host.realm.listenerCount(this.socket, 'data') === 0) return;
      for (const text of this.#received.splice(0)) this.#host.realm.emit(this.socket, 'data', text);
    });
  }

  drop(): void {
    this.#state = 'closed';
    this.#stream?.end();
  }

  /** The callback is itself a listener of 'connect'; a second one breaks both on the interpreter (measured). */
  #tellConnected(): void {
    const { realm, console } = this.#host;
    if (realm.listenerCount(this.socket, 'connect') > 1)
      console.write('Execution Interrupted during event processing.\n');
    else realm.emit(this.socket, 'connect', this.socket);
  }

  #write(data: unknown): boolean {
    if (this.#state === 'closed' || this.#state === 'ending')
      throw this.#host.realm.error('This socket is closed');
    this.#unsent.push(toBytes(String(data)));
    this.#flush();
    return false;
  }

  #end(data: unknown): void {
    if (data !== undefined) this.#write(data);
    if (this.#state === 'closed' || this.#state === 'ending') return;
    const connecting = this.#state === 'connecting';
    this.#state = 'ending';
    if (connecting || !this.#inFlight) this.#stream?.end();
  }

  #flush(): void {
    if (this.#state !== 'open' || this.#inFlight || this.#unsent.length === 0) return;
    this.#inFlight = true;
    const bytes = Buffer.concat(this.#unsent.splice(0));
    this.#stream!.write(bytes);
  }

  #drained(): void {
    this.#inFlight = false;
    if (this.#state === 'ending') this.#stream!.end();
    else if (this.#unsent.length > 0) this.#flush();
    else this.#host.realm.emit(this.socket, 'drain', this.socket);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#received.push(binaryString(bytes));
    this.pushReceived();
  }

  #closed(errorCode: number): void {
    if (this.#state === 'closed') return;
    const unsent = this.#inFlight || this.#unsent.length > 0;
    const connecting = this.#state === 'connecting';
    this.#state = 'closed';
    this.#forget();
    const { realm, loop } = this.#host;
    // Measured: once connected, an end and a reset look alike, and only unsent data is an error.
    const code = connecting ? errorCode || REFUSED : unsent ? UNSENT : 0;
    const failed = code < 0;
    loop.post(() => {
      for (const text of this.#received.splice(0)) realm.emit(this.socket, 'data', text);
      if (failed)
        realm.emit(this.socket, 'error', realm.object({ code, message: MESSAGES[code] ?? 'unknown error' }));
      realm.emit(this.socket, 'end');
      realm.emit(this.socket, 'close', failed);
    });
  }
}
