// Opens the keys of all evaluators after a start, a few at a time beside everything else: when the power of a hall comes
// back all of them connect at once, and a quarter of what the decision on a connect costs are its keys. Changes nothing
// but when that is done: whatever is not open yet is opened when it is asked for.
import { CONNECTIONS_LIMIT } from '../broker/mqtt-server.ts';
import type { Cancel, Clock, Log } from '../ports.ts';
import type { Reader } from '../store/reader.ts';
import type { Registry } from './registry.ts';

/** Their keys take a few milliseconds, and nobody waits longer for them… */
const PAGE_DEVICES = 64;
/** …nor for those of the next ones. */
const PAUSE_MS = 5;

/** Returns what ends it. */
export function openKeysEarly(parts: {
  registry: Pick<Registry, 'openKeys'>;
  reader: Pick<Reader, 'sealedKeys'>;
  clock: Clock;
  log: Log;
}): () => void {
  const { registry, reader, clock, log } = parts;
  let cancel: Cancel = () => undefined;
  let opened = 0;

  const openPage = (afterNo: number): number | undefined => {
    const page = reader.sealedKeys({ afterNo, limit: PAGE_DEVICES });
    for (const device of page) registry.openKeys(device);
    opened += page.length;
    return page.length < PAGE_DEVICES || opened >= CONNECTIONS_LIMIT ? undefined : page.at(-1)!.no;
  };
  const next = (afterNo: number) => {
    cancel = clock.after(PAUSE_MS, () => {
      try {
        const last = openPage(afterNo);
        if (last !== undefined) next(last);
      } catch (error) {
        // Such as a key that was changed, or a database that is being checked.
        log.info({ reason: (error as Error).message }, 'The other keys are opened when they are asked for.');
      }
    });
  };
  next(0);
  return () => cancel();
}
