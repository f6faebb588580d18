import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConsoleLine } from './console-lines.ts';
import type { FeedEvent, HallFeed, PageOrder } from './feed-types.ts';
import { type PageServer, startPageServer } from './page-server.ts';

let server: PageServer;
let orders: PageOrder[];
let listeners: Set<(event: FeedEvent) => void>;

beforeEach(async () => {
  orders = [];
  listeners = new Set();
  const feed: HallFeed = {
    replay: () => [{ type: 'strips', device: 'pj-a01', strips: [[0, 'AA==']] }],
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    order: (order) => void orders.push(order),
  };
  server = await startPageServer({ feed, port: 0 });
});
afterEach(() => server.stop());

const post = (body: string, type = 'application/json') =>
  fetch(new URL('orders', server.url), { method: 'POST', body, headers: { 'content-type': type } });

describe('the server of the demo page', () => {
  it('serves the page, its script and its typeface from this machine', async () => {
    for (const [path, type] of [
      ['', 'text/html'],
      ['style.css', 'text/css'],
      ['main.js', 'text/javascript'],
      ['font/400.ttf', 'font/ttf'],
    ]) {
      const response = await fetch(new URL(path!, server.url));
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toContain(type);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
    expect((await fetch(new URL('other', server.url))).status).toBe(404);
  });

  it('passes known orders on and refuses all others', async () => {
    expect((await post('{"do":"press","device":"pj-a01","level":5}')).status).toBe(204);
    for (const wrong of [
      '',
      '{}',
      '{"do":"press","device":"pj-a01","level":6}',
      '{"do":"press","device":"PJ","level":5}',
      '{"do":"province","open":true,"more":1}',
    ])
      expect((await post(wrong)).status, wrong).toBe(400);
    expect((await post('{"do":"province","open":true}', 'text/plain')).status).toBe(415);
    expect(orders).toEqual([{ do: 'press', device: 'pj-a01', level: 5 }]);
  });

  it('sends a new page everything it knows, then what changes', async () => {
    const response = await fetch(new URL('events', server.url));
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe(
      'data: {"type":"strips","device":"pj-a01","strips":[[0,"AA=="]]}\n\n',
    );
    for (const listener of listeners) listener({ type: 'strips', device: 'pj-a01', strips: [] });
    expect((await reader.read()).value).toContain('"strips":[]');
    await reader.cancel();
  });
});

describe('the console of an evaluator', () => {
  it('is read line by line, and unknown lines are only text', () => {
    expect(parseConsoleLine('PJ1 strip 8 AAEC')).toEqual({ type: 'strip', strip: [8, 'AAEC'] });
    expect(parseConsoleLine('PJ1 screen card 00000000000000aa')).toEqual({
      type: 'screen',
      name: 'card',
      invitation: '00000000000000aa',
    });
    expect(parseConsoleLine('PJ1 screen idle')).toMatchObject({ name: 'idle', invitation: undefined });
    expect(parseConsoleLine('PJ1 thanked 17')).toEqual({ type: 'thanked', seq: 17 });
    expect(parseConsoleLine('PJ1 log a  b')).toEqual({ type: 'log', text: 'a  b' });
    for (const line of ['', 'PJ1', 'PJ1 thanked x', 'PJ1 strip 8', 'Uncaught Error: x'])
      expect(parseConsoleLine(line)).toEqual({ type: 'other', text: line });
  });
});
