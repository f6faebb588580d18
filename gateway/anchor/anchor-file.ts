// Appends the head of the chain to a file that an operator keeps elsewhere, and does so daily in a running gateway.
// The file is only ever appended to; when it cannot be written that is an alarm, tried again until it can.
import { open } from 'node:fs/promises';
import type { Cancel, Clock, Counters, Log } from '../ports.ts';
import type { Reader } from '../store/reader.ts';
import { anchorLine } from './anchor-line.ts';

export const ANCHOR_EVERY_MS = 86_400_000;
export const RETRY_EVERY_MS = 600_000;

export interface AnchorParts {
  file: string;
  hall: string;
  anchorKey: Uint8Array;
  reader: Pick<Reader, 'newestFact'>;
  clock: Clock;
}

/** The line that was appended, undefined while there is no fact. Rejects with the error of the file. */
export async function appendAnchor(parts: AnchorParts): Promise<string | undefined> {
  const { file, hall, anchorKey, reader, clock } = parts;
  const newest = reader.newestFact();
  if (!newest) return undefined;
  const { id: fact, chain } = newest;
  const line = anchorLine(anchorKey, { hall, atMs: clock.nowMs(), fact, head: chain.toString('hex') });
  const handle = await open(file, 'a', 0o644);
  try {
    await handle.appendFile(`${line}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return line;
}

/** At the start, then daily. */
export function startAnchors(parts: AnchorParts & { counters: Counters; log: Log }): {
  stop(): Promise<void>;
} {
  const { clock, counters, log } = parts;
  let cancel: Cancel = () => undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();

  const turn = async () => {
    let nextMs = ANCHOR_EVERY_MS;
    try {
      await appendAnchor(parts);
    } catch (error) {
      nextMs = RETRY_EVERY_MS;
      counters.count('anchor.failed');
      log.error(
        { code: 'anchor.failed', file: parts.file, reason: (error as Error).message },
        'The head of the chain could not be anchored. Check anchor.file.',
      );
    }
    if (!stopped)
      cancel = clock.after(nextMs, () => {
        running = turn();
      });
  };
  running = turn();

  return {
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}
