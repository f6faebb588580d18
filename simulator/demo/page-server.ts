// Serves the demo page on this machine only: files, one stream of server-sent events for each open page, and the
// page's orders. Slow pages are dropped rather than buffered without end; they reconnect and get everything.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { FeedEvent, HallFeed } from './feed-types.ts';
import { makePageFiles, type PageFile } from './page-files.ts';
import { parsePageOrder } from './page-orders.ts';

export interface PageServer {
  readonly url: string;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const ORDER_LIMIT_BYTES = 1024;
const STREAM_BACKLOG_LIMIT_BYTES = 4 * 1024 * 1024;
const STREAMS_LIMIT = 16;

export async function startPageServer({ feed, port }: { feed: HallFeed; port: number }): Promise<PageServer> {
  const files = await makePageFiles();
  let streams = 0;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url?.split('?')[0] ?? '/';
    if (!isOwnHost(request)) return end(response, 403);
    if (request.method === 'POST' && path === '/orders') return takeOrder(request, response, feed);
    if (request.method !== 'GET') return end(response, 405);
    if (path === '/events') {
      if (streams >= STREAMS_LIMIT) return end(response, 503);
      streams += 1;
      response.once('close', () => {
        streams -= 1;
      });
      return stream(response, feed);
    }
    const file = files.get(path);
    return file ? sendFile(response, file) : end(response, 404);
  };
  const server = await listen(handle, port);
  return {
    url: `http://${HOST}:${(server.address() as { port: number }).port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A page of another site must not reach this server by a name that points here. */
function isOwnHost(request: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '');
}

function stream(response: ServerResponse, feed: HallFeed): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const send = (event: FeedEvent) => {
    response.write(`data: ${JSON.stringify(event)}\n\n`);
    if (response.writableLength > STREAM_BACKLOG_LIMIT_BYTES) response.destroy();
  };
  const unsubscribe = feed.subscribe(send);
  response.once('close', unsubscribe);
  for (const event of feed.replay()) send(event);
}

/** Only JSON is taken, which a form of another site cannot send. */
function takeOrder(request: IncomingMessage, response: ServerResponse, feed: HallFeed): void {
  if (request.headers['content-type'] !== 'application/json') {
    end(response, 415);
    return;
  }
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > ORDER_LIMIT_BYTES) request.destroy();
  });
  request.on('end', () => {
    const order = parsePageOrder(text);
    if (order) feed.order(order);
    end(response, order ? 204 : 400);
  });
}

function sendFile(response: ServerResponse, file: PageFile): void {
  response.writeHead(200, {
    'content-type': file.type,
    'content-length': file.body.length,
    'cache-control': file.lasting ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': "default-src 'self'; style-src 'self'; img-src 'self' data:",
    'x-content-type-options': 'nosniff',
  });
  response.end(file.body);
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

function listen(handle: (request: IncomingMessage, response: ServerResponse) => void, port: number) {
  return new Promise<Server>((resolve, reject) => {
    const server = createServer(handle);
    server.once('error', reject);
    server.listen(port, HOST, () => resolve(server));
  });
}
