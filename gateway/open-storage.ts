// The database of a running gateway: the writer in its thread and the reader beside it, which closes while a failed
// commit is made up for, the alarm for people, and the end of the process when the writer is gone.
import { type ObservedWriter, observeWriter } from './observed-writer.ts';
import type { Counters, Log } from './ports.ts';
import { type InterruptibleReader, openInterruptibleReader, type Reader } from './store/reader.ts';
import { type StoreWatch, startWriter, type WriterOptions } from './store/writer.ts';

export interface Storage {
  writer: ObservedWriter;
  reader: Reader;
}

export async function openStorage(
  options: Omit<WriterOptions, 'log' | 'watch'>,
  { counters, log, onLost }: { counters: Counters; log: Log; onLost: (reason: string) => void },
): Promise<Storage> {
  const parts: WatchedParts = { readers: undefined, writer: undefined };
  const started = await startWriter({
    ...options,
    log,
    watch: {
      ...watchStore(parts, counters),
      ended: (error) =>
        onLost(
          `The writer has ended (${error.message}); nothing can be stored until the gateway is started again.`,
        ),
    },
  });
  const writer = observeWriter(started, log);
  const readers = openInterruptibleReader(options.dataFolder);
  Object.assign(parts, { readers, writer });
  return { writer, reader: readers.reader };
}

/** Undefined until they are open. */
export interface WatchedParts {
  readers: Pick<InterruptibleReader, 'open' | 'close'> | undefined;
  writer: Pick<ObservedWriter, 'noteHealth'> | undefined;
}

/** What a failed commit means for the rest of the process. */
export function watchStore(parts: WatchedParts, counters: Counters): Omit<StoreWatch, 'ended'> {
  return {
    failed() {
      counters.count('store.commit-failed');
      parts.writer?.noteHealth(false);
    },
    closeReaders: () => parts.readers?.close(),
    openReaders: () => parts.readers?.open(),
    recovered() {
      counters.count('store.recovered');
      parts.writer?.noteHealth(true);
    },
  };
}
