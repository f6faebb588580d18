// The database of a running gateway: the writer in its thread and the reader beside it, which closes while a failed
// commit is made up for, the alarm for people, and the end of the process when the writer is gone.
import { type ObservedWriter, observeWriter } from './observed-writer.ts';
import type { Counters, Log } from './ports.ts';
import { type InterruptibleReader, openInterruptibleReader, type Reader } from './store/reader.ts';
import { startWriter, type WriterOptions } from './store/writer.ts';

export interface Storage {
  writer: ObservedWriter;
  reader: Reader;
}

export async function openStorage(
  options: Omit<WriterOptions, 'log' | 'watch'>,
  { counters, log, onLost }: { counters: Counters; log: Log; onLost: (reason: string) => void },
): Promise<Storage> {
  let readers: InterruptibleReader | undefined;
  let writer: ObservedWriter | undefined;
  const started = await startWriter({
    ...options,
    log,
    watch: {
      failed() {
        counters.count('store.commit-failed');
        writer?.noteHealth(false);
      },
      closeReaders: () => readers?.close(),
      openReaders: () => readers?.open(),
      recovered() {
        counters.count('store.recovered');
        writer?.noteHealth(true);
      },
      ended: (error) =>
        onLost(
          `The writer has ended (${error.message}); nothing can be stored until the gateway is started again.`,
        ),
    },
  });
  writer = observeWriter(started, log);
  readers = openInterruptibleReader(options.dataFolder);
  return { writer, reader: readers.reader };
}
