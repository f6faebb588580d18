// What the sender needs of the outbox, whoever stores it. Every change is on disk when its promise resolves.
import type { UpstreamRecord } from './connector.ts';

export interface OutboxItem {
  id: number;
  projectNo: string;
  item: UpstreamRecord;
  idempotencyKey: string;
  /** A try was begun before and nobody knows how it ended. */
  unanswered: boolean;
}

export interface Outbox {
  /** The first waiting item of each case, oldest first, leaving out the given cases. */
  heads(query: { withoutCases: ReadonlySet<string>; limit: number }): OutboxItem[];
  /** Before a try: from now on nobody knows how it ended, and what it says stays as it is. */
  beginTry(id: number): Promise<void>;
  /** As it stands now; undefined if it waits no longer. */
  waitingItem(id: number): OutboxItem | undefined;
  markDelivered(id: number): Promise<void>;
  markRefused(id: number, refusal: { code: string; reason: string }): Promise<void>;
  /** Called whenever items may have been added. Returns the unsubscriber. */
  onAdded(listener: () => void): () => void;
}
