// What happened in a world, line by line with its true time: hashed as it comes, so that two runs can be compared
// without keeping either; the last lines are kept for whoever has to understand a broken invariant.
import { createHash } from 'node:crypto';

/** Lines before a failure that are shown. */
export const LAST_LINES = 40;

export interface Trace {
  /** `source` is who says it: a device, the gateway, a fault. */
  say(source: string, text: string): void;
  last(): string[];
  /** Of all lines so far; ends the trace. */
  hash(): string;
}

export interface TraceOptions {
  wallMs(): number;
  /** Every line as it comes. */
  onLine?: ((line: string) => void) | undefined;
}

export function makeTrace({ wallMs, onLine }: TraceOptions): Trace {
  const hash = createHash('sha256');
  const ring: string[] = [];
  let said = 0;
  return {
    say(source, text) {
      const line = `${timeOf(wallMs())} ${source} ${text}`;
      hash.update(line).update('\n');
      ring[said % LAST_LINES] = line;
      said += 1;
      onLine?.(line);
    },
    last() {
      const from = said % LAST_LINES;
      return said <= LAST_LINES ? ring.slice() : [...ring.slice(from), ...ring.slice(0, from)];
    },
    hash: () => hash.digest('hex'),
  };
}

const MINUTE_MS = 60_000;
const ZONE_MS = 8 * 3_600_000;
/** Most lines are of the same minute as the one before. */
let written = { minute: Number.NaN, text: '' };

/** In Asia/Shanghai, whatever the zone of the process. */
export function timeOf(wallMs: number): string {
  const ms = Math.floor(wallMs) + ZONE_MS;
  const minute = Math.floor(ms / MINUTE_MS);
  if (minute !== written.minute) {
    const text = new Date(minute * MINUTE_MS).toISOString();
    written = { minute, text: text.slice(0, text.indexOf(':', text.indexOf('T') + 4) + 1) };
  }
  const within = String(ms - minute * MINUTE_MS).padStart(5, '0');
  return `${written.text}${within.slice(0, 2)}.${within.slice(2)}+08:00`;
}
