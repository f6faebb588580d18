// What a sender needs of the outbox, whoever stores it: the rows of one connector. Every change is on disk when its
// promise resolves.
import type { DeliveryRules } from '../core/delivery.ts';
import type { DeliveryResult } from '../store/commands/commands.ts';
import type { OutboxHead } from '../store/questions/outbox.ts';
import type { UpstreamRecord } from './connector.ts';

export type { DeliveryResult, OutboxHead };

export type NextStep =
  /** It may not leave yet. */
  | { do: 'wait' }
  | {
      do: 'send';
      item: UpstreamRecord;
      idempotencyKey: string;
      /** A try of ours may have brought it there, it and no other one, and nobody knows: "already there" means delivered. */
      mayBeThere: boolean;
    }
  | { do: 'settle'; result: DeliveryResult };

export interface Outbox {
  /** Rows that the connector has not taken yet, in order. */
  beyond(limit: number): OutboxHead[];
  take(upTo: number): Promise<void>;
  /** Rows that it has taken and that wait, in order. */
  waiting(limit: number): OutboxHead[];
  /** Those of them that wait anew since they were taken. */
  again(limit: number): OutboxHead[];
  /** What is to be done with a row as everything stands now; undefined if it waits no longer. */
  nextStep(id: number, rules: DeliveryRules): NextStep | undefined;
  /** Before a try: from now on nobody knows how it ended. */
  begin(id: number): Promise<void>;
  settle(id: number, result: DeliveryResult): Promise<void>;
  /** Called whenever rows may have been added, or wait `again`. Returns the unsubscriber. */
  onAdded(listener: (again: boolean) => void): () => void;
}
