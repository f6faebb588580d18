// What the evaluator knows beside the press it is taking: desk, open invitation, link, journal. Learning is pure
// and gives the same object back when nothing changed.
import { NO_HANDLE } from '../../protocol/constants.ts';
import type { DeskState, JournalState, LinkState, ReasonsOffer, SetupPage, ShownCard } from '../contracts.ts';
import type { Ballot } from './evaluator.ts';
import type { EvaluatorEvent } from './events.ts';
import type { FaultCode } from './faults.ts';

export interface Known {
  desk: DeskState | undefined;
  card: ShownCard | undefined;
  /** The last invitation that has its record: the gateway may send its card again before it got the record. */
  evaluated: string;
  link: LinkState;
  full: boolean;
  nearlyFull: boolean;
  fault: FaultCode | undefined;
  /** The press just thanked for, for which reasons may be given, and the gateway's offer of some. */
  thanked: { seq: number; ballot: Ballot } | undefined;
  offer: ReasonsOffer | undefined;
  /** Shown at rest; absent before the first one. */
  setup?: SetupPage | undefined;
}

export const isFull = (journal: JournalState): boolean => journal.unsent >= journal.capacity;
/** Staff are warned at 80 %. */
export const isNearlyFull = (journal: JournalState): boolean => journal.unsent * 5 >= journal.capacity * 4;

export function learn(known: Known, event: EvaluatorEvent): Known {
  switch (event.type) {
    case 'card':
      if (event.card.invitation === known.evaluated || sameCard(event.card, known.card)) return known;
      return change(known, { card: sharing(event.card, known.desk) });
    case 'cancel':
      if (!known.card) return known;
      return event.invitation === NO_HANDLE || event.invitation === known.card.invitation
        ? change(known, { card: undefined })
        : known;
    case 'reasons':
      return event.offer.seq === known.thanked?.seq ? change(known, { offer: event.offer }) : known;
    case 'desk':
      return change(known, { desk: event.desk });
    case 'link':
      return event.link === known.link ? known : change(known, { link: event.link });
    case 'written':
      if (event.invitation === NO_HANDLE) return known;
      return change(known, {
        evaluated: event.invitation,
        card: known.card?.invitation === event.invitation ? undefined : known.card,
      });
    case 'failed':
      return event.code === 'journal.full'
        ? change(known, { full: true })
        : change(known, { fault: 'flash' });
    case 'journal':
      if (event.full === known.full && event.nearlyFull === known.nearlyFull) return known;
      return change(known, { full: event.full, nearlyFull: event.nearlyFull });
    case 'fault':
      return change(known, { fault: event.fault });
    case 'setup':
      return change(known, { setup: event.page });
    case 'key':
    case 'timer':
      return known;
  }
}

export const change = (known: Known, changed: Partial<Known>): Known => Object.assign({}, known, changed);

/** The card's staff mostly are the desk's: one image in memory is enough. */
function sharing(card: ShownCard, desk: DeskState | undefined): ShownCard {
  const who = desk?.who;
  return who && who.d === card.who.d ? Object.assign({}, card, { who }) : card;
}

const sameCard = (a: ShownCard, b: ShownCard | undefined): boolean =>
  b !== undefined && a.invitation === b.invitation && a.matter.d === b.matter.d && a.who.d === b.who.d;
