// What the parts that carry out orders about firmware, key and Storage need of the running firmware.
import type { Identity, Journal, Link } from '../contracts.ts';
import type { IdentityStore } from '../flash/identity.ts';
import type { Hardware } from '../ports.ts';

export interface OrderContext {
  hardware: Hardware;
  store: IdentityStore;
  identity: Identity;
  journal: Journal;
  link: Link;
  /** Of the firmware that runs. */
  version: string;
  /** No card is shown and no press is pending. */
  atRest(): boolean;
  /** In order, and not before a pending press is written. */
  restart(): void;
  /** The screen says that something failed. */
  faulty(): boolean;
}
