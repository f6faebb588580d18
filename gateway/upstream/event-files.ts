// Files of JSON lines for exchange by hand: one event a line, on disk before it counts as delivered, a new file every
// day and beyond a size. After a crash the last line is mended and the last keys are read again, so that no event
// stands there twice.
import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SendResult, UpstreamConnector } from './connector.ts';
import { EVENT_RULES, eventOf } from './event.ts';
import { nationalTime } from './national-mapping.ts';

export interface EventFilesOptions {
  folder: string;
  hall: string;
  limitBytes: number;
  nowMs: () => number;
}

/** Keys kept to recognise what stands there already: many times what can be under way at once. */
export const REMEMBERED_LIMIT_KEYS = 10_000;
/** Read of each of the newest files at the start. */
const TAIL_LIMIT_BYTES = 8 * 1024 * 1024;
const TAIL_FILES = 2;
const FILE_NAME = /^evaluations-(\d{4}-\d\d-\d\d)-(\d{4})\.jsonl$/;

interface OpenFile {
  handle: FileHandle;
  day: string;
  number: number;
  /** What is known to be on disk. */
  bytes: number;
}

interface Waiting {
  key: string;
  line: string;
  done: (result: SendResult) => void;
}

export function makeEventFiles(options: EventFilesOptions): UpstreamConnector {
  const keys = new Set<string>();
  let current: OpenFile | undefined;
  let waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;

  const remember = (key: string) => {
    keys.add(key);
    if (keys.size > REMEMBERED_LIMIT_KEYS) keys.delete(keys.values().next().value!);
  };

  const fileFor = async (): Promise<OpenFile> => {
    current ??= await openNewest(options.folder, remember);
    const day = nationalTime(options.nowMs()).slice(0, 10);
    if (current && current.day >= day && current.bytes < options.limitBytes) return current;
    const number = current && current.day >= day ? current.number + 1 : 1;
    // A clock that was set back goes on in the newest day: files stay in the order of their names.
    const next = await createFile(options.folder, {
      day: current && current.day > day ? current.day : day,
      number,
    });
    await current?.handle.close();
    current = next;
    return next;
  };

  /** All that waits becomes one write and one sync. */
  const writeWaiting = async () => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      const result = await writeBatch(batch);
      for (const { done } of batch) done(result);
    }
    writing = undefined;
  };

  const writeBatch = async (batch: Waiting[]): Promise<SendResult> => {
    try {
      const file = await fileFor();
      const fresh = new Map(batch.filter(({ key }) => !keys.has(key)).map(({ key, line }) => [key, line]));
      const bytes = Buffer.from([...fresh.values()].join(''), 'utf8');
      if (bytes.length > 0) {
        await file.handle.write(bytes, 0, bytes.length, file.bytes);
        await file.handle.datasync();
        file.bytes += bytes.length;
      }
      for (const key of fresh.keys()) remember(key);
      return { outcome: 'delivered' };
    } catch (error) {
      // What is in the file is unknown now: it is opened, mended and read anew before the next write.
      await current?.handle.close().catch(() => undefined);
      current = undefined;
      return { outcome: 'failed', reason: (error as Error).message };
    }
  };

  return {
    rules: EVENT_RULES,
    send(item, { idempotencyKey: key, signal }) {
      return new Promise((done) => {
        // The write goes on; the next try finds its key.
        const giveUp = () => done({ outcome: 'failed', reason: String(signal.reason) });
        signal.addEventListener('abort', giveUp, { once: true });
        const line = `${JSON.stringify(eventOf(item, { hall: options.hall, key }))}\n`;
        waiting.push({ key, line, done });
        writing ??= writeWaiting();
      });
    },
    async close() {
      await writing;
      await current?.handle.close();
    },
  };
}

/** The newest file, its torn last line cut off, and the keys of what stands last. Undefined in an empty folder. */
async function openNewest(folder: string, onKey: (key: string) => void): Promise<OpenFile | undefined> {
  await mkdir(folder, { recursive: true });
  const names = (await readdir(folder)).filter((name) => FILE_NAME.test(name)).sort();
  const last = names.slice(-TAIL_FILES);
  let opened: OpenFile | undefined;
  for (const name of last) {
    const [, day, number] = FILE_NAME.exec(name)!;
    const handle = await open(join(folder, name), 'r+');
    try {
      const bytes = await mend(handle, onKey);
      if (name !== last.at(-1)) await handle.close();
      else opened = { handle, day: day!, number: Number(number), bytes };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
  return opened;
}

async function mend(handle: FileHandle, onKey: (key: string) => void): Promise<number> {
  const { size } = await handle.stat();
  const from = Math.max(0, size - TAIL_LIMIT_BYTES);
  const tail = Buffer.alloc(size - from);
  await handle.read(tail, 0, tail.length, from);
  const end = tail.lastIndexOf(0x0a) + 1;
  if (from + end < size) {
    await handle.truncate(from + end);
    await handle.sync();
  }
  const lines = tail.subarray(0, end).toString('utf8').split('\n');
  // Without the start of the file the first one is a piece.
  for (const line of lines.slice(from > 0 ? 1 : 0)) if (line !== '') onKey(keyOf(line));
  return from + end;
}

/** A line that is no event was put there by somebody else, and is nobody's key. */
function keyOf(line: string): string {
  try {
    return String((JSON.parse(line) as { key?: unknown }).key);
  } catch {
    return '';
  }
}

async function createFile(
  folder: string,
  { day, number }: { day: string; number: number },
): Promise<OpenFile> {
  const name = `evaluations-${day}-${String(number).padStart(4, '0')}.jsonl`;
  const handle = await open(join(folder, name), 'wx+', 0o640);
  // A file's name is durable only when its folder was synced.
  const parent = await open(folder, 'r');
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
  return { handle, day, number, bytes: 0 };
}
