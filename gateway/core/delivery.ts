// The outbox as a machine. The outbox is a log: one row for each service record and one for each change of what
// counts for a service, linked to the one before; rows are never changed. What became of a row is kept apart for
// every connector. Here is, pure: which states that has, and what a connector makes of a row. See `planOf`.

/** Stored per connector and row. A row that a connector has passed and that has none of these is delivered. */
export type DeliveryState =
  /** A default that may not leave yet. */
  | 'held'
  | 'waiting'
  /** Waiting anew, because a person or the end of a hold asked for it. */
  | 'again'
  /** Upstream said no; a person decides. */
  | 'refused'
  /** A correction that the profile leaves to a person. */
  | 'listed'
  /** A person has settled it another way. */
  | 'skipped'
  /** Never sent, and need not be. */
  | 'omitted';

export type Standing = DeliveryState | 'delivered';

export type DeliveryEvent =
  | 'begun'
  | 'delivered'
  | 'refused'
  | 'listed'
  | 'omitted'
  | 'released'
  | 'overtaken'
  | 'retried'
  | 'skipped';

const WAITING_NEXT = {
  begun: 'waiting',
  delivered: 'delivered',
  refused: 'refused',
  listed: 'listed',
  omitted: 'omitted',
} as const;
const PERSON_NEXT = { retried: 'again', skipped: 'skipped', overtaken: 'omitted' } as const;

/** What a row without entry may become: nothing; every pair that is not here changes nothing. */
const TRANSITIONS: Record<DeliveryState, Partial<Record<DeliveryEvent, Standing>>> = {
  held: { released: 'again', overtaken: 'omitted' },
  waiting: { ...WAITING_NEXT, skipped: 'skipped' },
  again: { ...WAITING_NEXT, skipped: 'skipped' },
  refused: PERSON_NEXT,
  listed: PERSON_NEXT,
  skipped: { retried: 'again' },
  omitted: {},
};

/** Undefined where the event changes nothing. */
export function deliveryAfter(state: DeliveryState, event: DeliveryEvent): Standing | undefined {
  return TRANSITIONS[state][event];
}

/**
 * What counts for a service: a press or a default by the id of its fact, with the reasons that joined it and the time
 * that became known of it later, or none.
 */
export interface Counting {
  press: number | null;
  defaultFact: number | null;
  /** Fact of the reasons that were given after the press, once they were known. */
  reasonsFact: number | null;
  /** Fact that dated the press anew, once its neighbours in the journal told more than it did. */
  timeFact: number | null;
}

export const NOTHING_COUNTS: Counting = {
  press: null,
  defaultFact: null,
  reasonsFact: null,
  timeFact: null,
};

/** One change of what counts for a service, as a connector stands to it. */
export interface Change {
  outbox: number;
  counts: Counting;
  standing: Standing;
  /** A database that was lost may have sent it. */
  mayBeThere: boolean;
}

/** The word of a connector's profile. */
export interface DeliveryRules {
  /** computed: the province sets defaults by itself, none is sent. */
  defaults: 'sent' | 'computed';
  /** How upstream learns that something else counts than what it has. */
  corrections: 'update' | 'second' | 'list';
  /** Whether it can be told that nothing counts any more; otherwise that is listed. */
  withdrawals: 'sent' | 'list';
  /** Whether it takes a service record once more when what it says has changed. */
  serviceChanges: 'sent' | 'none';
}

export type Plan =
  | { do: 'send'; replaces: Change | undefined }
  /** Upstream has what is replaced, or may have it from a database that was lost. */
  | { do: 'list'; replaces: Change }
  | { do: 'omit'; why: 'overtaken' | 'same' | 'nothing-sent' | 'computed-upstream' };

export interface Question {
  change: Change;
  /** Changes of the same service before it, newest first. */
  earlier: readonly Change[];
  /** A later change is in the outbox already. */
  overtaken: boolean;
  /** A try was begun and nobody knows how it ended. */
  unanswered: boolean;
}

export function planOf({ change, earlier, overtaken, unanswered }: Question, rules: DeliveryRules): Plan {
  const there = whatIsThere(earlier);
  // What may be there already must be settled first: until it is, nobody knows what a correction would replace.
  if (!unanswered) {
    if (overtaken) return { do: 'omit', why: 'overtaken' };
    if (there && sameCounting(there.counts, change.counts)) return { do: 'omit', why: 'same' };
    if (!there && isNothing(change.counts)) {
      const lost = whatMayBeThere(earlier, rules);
      return lost ? { do: 'list', replaces: lost } : { do: 'omit', why: 'nothing-sent' };
    }
    if (!there && isComputedUpstream(change.counts, rules)) return { do: 'omit', why: 'computed-upstream' };
  }
  if (!there) return { do: 'send', replaces: undefined };
  const mode = isNothing(change.counts) ? rules.withdrawals : rules.corrections;
  return mode === 'list' && !unanswered ? { do: 'list', replaces: there } : { do: 'send', replaces: there };
}

/** What a connector makes of a service record, which says how the service stands when it is sent. */
export function planOfService(
  {
    earlier,
    overtaken,
    unanswered,
  }: Pick<Question, 'overtaken' | 'unanswered'> & { earlier: readonly Standing[] },
  rules: DeliveryRules,
): { do: 'send' } | { do: 'omit'; why: 'overtaken' | 'not-told' } {
  // The first always goes: its evaluation may come before what overtakes it.
  if (earlier.length === 0 || unanswered) return { do: 'send' };
  if (overtaken) return { do: 'omit', why: 'overtaken' };
  const isKnown = earlier.some(isThere);
  return isKnown && rules.serviceChanges === 'none' ? { do: 'omit', why: 'not-told' } : { do: 'send' };
}

/** The last one that upstream has. */
export function whatIsThere(earlier: readonly Change[]): Change | undefined {
  const found = earlier.find(({ standing }) => isThere(standing));
  return found && !isNothing(found.counts) ? found : undefined;
}

/** The last one since the connector was told something that a database which was lost may have sent. */
function whatMayBeThere(earlier: readonly Change[], rules: DeliveryRules): Change | undefined {
  const told = earlier.findIndex(({ standing }) => isThere(standing));
  const since = told < 0 ? earlier : earlier.slice(0, told);
  return since.find(
    ({ mayBeThere, counts }) => mayBeThere && !isNothing(counts) && !isComputedUpstream(counts, rules),
  );
}

function isComputedUpstream({ defaultFact }: Counting, { defaults }: DeliveryRules): boolean {
  return defaultFact !== null && defaults === 'computed';
}

/** What a person skipped counts as entered upstream by hand. */
export function isThere(standing: Standing): boolean {
  return standing === 'delivered' || standing === 'skipped';
}

export function isNothing({ press, defaultFact }: Counting): boolean {
  return press === null && defaultFact === null;
}

export function sameCounting(one: Counting, other: Counting): boolean {
  return (
    one.press === other.press &&
    one.defaultFact === other.defaultFact &&
    one.reasonsFact === other.reasonsFact &&
    one.timeFact === other.timeFact
  );
}
