// The gateway's API on a socket in the data folder, for `pingjia device` on the same machine: who may open it may
// read the data folder, so it needs no key. Without it (a path too long) commands work on the database as they do
// without a gateway.
import { chmodSync, existsSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Log } from '../ports.ts';

export const LOCAL_SOCKET_FILE = 'admin.sock';
/** Of an address in the file system (unix(7): 108 with its end). */
const PATH_LIMIT_BYTES = 107;
const CALLERS_LIMIT = 32;

export interface LocalSocket {
  /** The connection came in here. */
  has(socket: Socket): boolean;
  /** Never rejects: what goes wrong is logged. */
  listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<void>;
  stop(): Promise<void>;
}

export function openLocalSocket(dataFolder: string, log: Log): LocalSocket {
  const path = join(dataFolder, LOCAL_SOCKET_FILE);
  const callers = new WeakSet<Socket>();
  let server: Server | undefined;
  return {
    has: (socket) => callers.has(socket),
    async listen(handler) {
      if (Buffer.byteLength(path) > PATH_LIMIT_BYTES) {
        log.warn({ path }, 'The path is too long for a socket; commands work on the database itself.');
        return;
      }
      const opening = createServer(handler);
      opening.maxConnections = CALLERS_LIMIT;
      opening.on('connection', (socket) => callers.add(socket));
      try {
        // The folder is this gateway's alone: what lies there is left from one that was killed.
        if (existsSync(path)) unlinkSync(path);
        await new Promise<void>((resolve, reject) => {
          opening.once('error', reject);
          opening.listen(path, resolve);
        });
        chmodSync(path, 0o600);
        server = opening;
      } catch (error) {
        log.warn({ err: error, path }, 'There is no socket for commands; they work on the database itself.');
      }
    },
    async stop() {
      if (!server) return;
      const closed = new Promise<void>((resolve) => server?.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
