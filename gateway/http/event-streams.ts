// Server-sent events: every change of what counts for a service, in the order it was committed, from whichever one a
// reader already has. Reads from the database only, so that nothing is missed and nothing is told that is not on disk.
import type { ServerResponse } from 'node:http';
import type { Cancel, Clock } from '../ports.ts';
import type { Reader } from '../store/reader.ts';
import { eventOf } from '../upstream/event.ts';
import { makeRecords } from '../upstream/stored-records.ts';
import { ApiError } from './errors.ts';

const STREAMS_LIMIT = 64;
const STREAMS_OF_SYSTEM_LIMIT = 8;
/** Read from the database at a time. */
const PAGE_EVENTS = 100;
/** A comment this often keeps proxies from closing a quiet stream. */
const KEEP_ALIVE_MS = 15_000;

export interface EventStreams {
  /** Answers with a stream that ends when the reader goes or the gateway stops. Throws events.too-many. */
  open(raw: ServerResponse, stream: { system: string; after: number | undefined }): void;
  /** Something was committed. */
  committed(): void;
  stop(): void;
}

export interface EventStreamsOptions {
  hall: string;
  reader: Reader;
  clock: Clock;
}

interface Stream {
  system: string;
  raw: ServerResponse;
  lastId: number;
  /** The reader is slower than the hall: waits until it has taken what was written. */
  isFull: boolean;
}

export function makeEventStreams({ hall, reader, clock }: EventStreamsOptions): EventStreams {
  const streams = new Set<Stream>();
  const records = makeRecords(reader);
  let isScheduled = false;
  let keepAlive: Cancel | undefined;

  const textOf = ({ id, previous }: { id: number; previous: number | null }): string => {
    const row = reader.outboxRow(id);
    const item = records.change(row, previous === null ? undefined : records.replaced(previous));
    const data = JSON.stringify(eventOf(item, { hall, key: row.idempotencyKey }));
    return `id: ${id}\nevent: ${item.kind}\ndata: ${data}\n\n`;
  };

  const feed = (stream: Stream) => {
    while (!stream.isFull) {
      const changes = reader.changesBeyond({ after: stream.lastId, limit: PAGE_EVENTS });
      const last = changes.at(-1);
      if (!last) return;
      stream.isFull = !stream.raw.write(changes.map(textOf).join(''));
      stream.lastId = last.id;
    }
  };
  const feedAll = () => {
    isScheduled = false;
    for (const stream of streams) feed(stream);
  };
  const beat = () => {
    keepAlive = clock.after(KEEP_ALIVE_MS, beat);
    for (const { raw, isFull } of streams) if (!isFull) raw.write(': \n\n');
  };

  return {
    open(raw, { system, after }) {
      const ofSystem = [...streams].filter((stream) => stream.system === system).length;
      if (streams.size >= STREAMS_LIMIT || ofSystem >= STREAMS_OF_SYSTEM_LIMIT)
        throw new ApiError('events.too-many');
      const stream: Stream = { system, raw, lastId: after ?? reader.newestOutboxId(), isFull: false };
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.write(`retry: 2000\n\n`);
      raw.on('drain', () => {
        stream.isFull = false;
        feed(stream);
      });
      raw.on('close', () => streams.delete(stream));
      streams.add(stream);
      if (!keepAlive) beat();
      feed(stream);
    },
    committed() {
      if (isScheduled || streams.size === 0) return;
      isScheduled = true;
      setImmediate(feedAll);
    },
    stop() {
      keepAlive?.();
      for (const { raw } of streams) raw.end();
      streams.clear();
    },
  };
}
