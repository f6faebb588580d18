// Listens for MQTT connections and looks after what they share: their number, silence, and that all output of one
// turn of the event loop leaves with one write for each connection. What packets mean is the broker's.
import { createServer, type Socket } from 'node:net';
import { mark } from '../marks.ts';
import type { Cancel, Clock } from '../ports.ts';
import { type Connection, type ConnectionHandlers, serveConnection } from './mqtt-connection.ts';

/** A connection that has sent no CONNECT by then is closed. */
const CONNECT_LIMIT_SECONDS = 10;
export const CONNECTIONS_LIMIT = 10_000;
/** Evaluators of a whole city hall that come back at once wait here until they are accepted. */
const BACKLOG_CONNECTIONS = 4096;
const WATCH_EVERY_SECONDS = 1;

export interface MqttServer {
  /** Rejects with the server's error when the port is taken. */
  listen(host: string, port: number): Promise<{ port: number }>;
  /** Serves a connection, however it came. */
  accept(socket: Socket): void;
  /** From now on silent connections are ended; listening begins with it. */
  watchSilence(): void;
  /** Ends every connection and resolves when the last is closed. */
  stop(): Promise<void>;
}

export interface MqttServerParts {
  clock: Clock;
  /** For each connection; `connection` is asked for by handlers that run later. */
  serve(connection: () => Connection, socket: Socket): ConnectionHandlers;
  onClosed(reason: string): void;
}

export function makeMqttServer({ clock, serve, onClosed }: MqttServerParts): MqttServer {
  const connections = new Set<Connection>();
  let withOutput: Connection[] = [];
  const flushAll = () => {
    const all = withOutput;
    withOutput = [];
    for (const connection of all) connection.flush();
  };
  const onOutput = (connection: Connection) => {
    // After what the intake owes for the same commit, which it gave to the queue of immediates before.
    if (withOutput.push(connection) === 1) setImmediate(flushAll);
  };

  const accept = (socket: Socket) => {
    const connection: Connection = serveConnection(socket, {
      connectLimitSeconds: CONNECT_LIMIT_SECONDS,
      handlers: serve(() => connection, socket),
      onOutput,
      onClosed,
    });
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  };
  const server = createServer({ noDelay: true }, accept);
  server.maxConnections = CONNECTIONS_LIMIT;

  let cancelWatch: Cancel = () => undefined;
  const watchSilence = () => {
    for (const connection of connections) {
      connection.silentSeconds += WATCH_EVERY_SECONDS;
      if (connection.silentSeconds <= connection.silenceLimitSeconds) continue;
      mark('link.silent');
      connection.close('it was silent');
    }
    cancelWatch = clock.after(WATCH_EVERY_SECONDS * 1000, watchSilence);
  };

  return {
    accept,
    watchSilence,
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port, backlog: BACKLOG_CONNECTIONS }, () => {
          server.off('error', reject);
          watchSilence();
          resolve({ port: (server.address() as { port: number }).port });
        });
      }),
    async stop() {
      cancelWatch();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.abort();
      await closed;
    },
  };
}
