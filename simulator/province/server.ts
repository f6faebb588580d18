// The provincial system as a counterpart over HTTP: `POST /service` and `POST /evaluation` on a fixed port,
// which can be shut and opened again (connections refused) or given behaviours that spoil its answers.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { WorldClock } from '../ports.ts';
import type { ProvinceBehaviour, ProvinceReply } from './behaviours/behaviour.ts';
import type { ProvinceCredentials } from './envelope.ts';
import { replyTo } from './reply.ts';
import { openProvinceStore } from './store.ts';

export interface ProvinceOptions {
  file: string;
  port: number;
  credentials: ProvinceCredentials;
  clock: WorldClock;
}

export interface Province {
  readonly url: string;
  readonly port: number;
  readonly open: boolean;
  /** Replaces all behaviours; none is the honest province. */
  behave(behaviours: ProvinceBehaviour[]): void;
  /** New connections are refused and open ones broken, until `restore`. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  stop(): Promise<void>;
}

const BODY_LIMIT_BYTES = 256 * 1024;
const HOST = '127.0.0.1';

export async function startProvince(options: ProvinceOptions): Promise<Province> {
  const store = openProvinceStore(options.file);
  let behaviours: ProvinceBehaviour[] = [];
  const context = () => ({ store, credentials: options.credentials, behaviours });
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    if (request.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    collect(request, (body) => {
      if (response.destroyed) return;
      const call = { path: request.url ?? '', body, nowMs: options.clock.wallMs() };
      write(replyTo(call, context()), { request, response, clock: options.clock });
    });
  };
  let server: Server | undefined = await listen(handle, options.port);
  const { port } = server.address() as { port: number };
  const cut = async () => {
    const closing = server;
    server = undefined;
    if (closing) await close(closing);
  };
  return {
    url: `http://${HOST}:${port}`,
    port,
    get open() {
      return server !== undefined;
    },
    behave: (next) => {
      behaviours = next;
    },
    cut,
    restore: async () => {
      server ??= await listen(handle, port);
    },
    stop: async () => {
      await cut();
      store.close();
    },
  };
}

function write(
  reply: ProvinceReply,
  { request, response, clock }: { request: IncomingMessage; response: ServerResponse; clock: WorldClock },
): void {
  if (reply.do === 'silence') return;
  if (reply.do === 'break') {
    request.socket.destroy();
    return;
  }
  const { status, description, contentType, body, cutAfterBytes, delayMs } = reply;
  const answer = () => {
    if (response.destroyed) return;
    const bytes = Buffer.from(body, 'utf8');
    response.writeHead(status, {
      'content-type': contentType,
      'content-length': bytes.length,
      ...(description === undefined ? {} : { 'C-Response-Desc': description }),
    });
    if (cutAfterBytes === undefined) response.end(bytes);
    else response.write(bytes.subarray(0, cutAfterBytes), () => request.socket.destroy());
  };
  if (delayMs === undefined) answer();
  else response.once('close', clock.after(delayMs, answer));
}

/** Calls `done` with the whole body; a longer one than the limit ends the connection. */
function collect(request: IncomingMessage, done: (body: string) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) request.socket.destroy();
    else chunks.push(chunk);
  });
  request.on('end', () => done(Buffer.concat(chunks).toString('utf8')));
}

function listen(handle: (request: IncomingMessage, response: ServerResponse) => void, port: number) {
  return new Promise<Server>((resolve, reject) => {
    const server = createServer(handle);
    server.once('error', reject);
    server.listen(port, HOST, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
