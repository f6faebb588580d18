// What an evaluator keeps in its flash, here in memory: every press signed once, until the gateway has acknowledged
// it. Knows also what it was ever promised, by PUBACK or `ack`, so that a test can hold the gateway to it.
import type { DeviceIdentity } from '../../gateway/fleet/registry.ts';
import { signRecord } from '../../gateway/testing/device-client.ts';
import { FLAG_CLOCK_SET, NO_HANDLE } from '../../protocol/constants.ts';
import { deriveKeys } from '../../protocol/keys.ts';
import type { Evaluation } from '../../protocol/messages.ts';

/** Its boot number: the gateway dies here, never the evaluator. */
export const BOOT = 1;

export interface Press {
  level: number;
  /** Unlinked when left out. */
  invitation?: string;
  wallMs: number;
}

export interface EvaluatorJournal {
  readonly identity: DeviceIdentity;
  readonly newest: number;
  /** Everything up to here may be forgotten. */
  readonly acknowledged: number;
  /** By PUBACK or by `ack`. */
  readonly promised: ReadonlySet<number>;
  press(press: Press): Evaluation;
  record(seq: number): Evaluation;
  noteAck(upTo: number): void;
  notePuback(seq: number): void;
  /** Resolves when something changes. */
  changed(): Promise<void>;
}

export function makeEvaluatorJournal(identity: DeviceIdentity): EvaluatorJournal {
  const { key, handle, gen } = identity;
  const keys = deriveKeys({ key: Buffer.from(key, 'hex'), deviceHandle: handle, gen });
  const records: Evaluation[] = [];
  const promised = new Set<number>();
  let acknowledged = 0;
  const waiting: (() => void)[] = [];
  const tell = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  return {
    identity,
    promised,
    get newest() {
      return records.length;
    },
    get acknowledged() {
      return acknowledged;
    },
    press({ level, invitation, wallMs }) {
      const seq = records.length + 1;
      const record = signRecord(
        { identity, keys },
        {
          seq,
          boot: BOOT,
          uptime: 1000 * seq,
          wall: wallMs,
          level,
          invitation: invitation ?? NO_HANDLE,
          flags: FLAG_CLOCK_SET,
        },
      );
      records.push(record);
      tell();
      return record;
    },
    record: (seq) => records[seq - 1]!,
    noteAck(upTo) {
      for (let seq = acknowledged + 1; seq <= upTo; seq += 1) promised.add(seq);
      acknowledged = Math.max(acknowledged, upTo);
      tell();
    },
    notePuback(seq) {
      promised.add(seq);
      tell();
    },
    changed: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
      }),
  };
}
