// Names for rare branches that a run of the simulator must reach, so that its report tells which no seed has visited.
// A mark does nothing unless somebody listens, and nobody does in a gateway in service; none lies on the way of an
// ordinary press. Read by `npm run sim -- faults`.

/** What each of them is, for the report. */
export const MARKS = {
  'link.replayed': 'a connection with numbers that were seen before is refused',
  'link.nonce': 'a connection with a nonce that is not good any more is refused',
  'link.taken-over': 'an evaluator connects while its older connection still counts',
  'link.silent': 'a connection that said nothing for too long is ended',
  'intake.known': 'a record that is stored comes again',
  'intake.different': 'another record under a known sequence goes into quarantine',
  'intake.raw': 'a record that proves nothing goes into quarantine',
  'hello.gap': 'records that an evaluator will never send are listed',
  'hello.older-copy': 'a hello shows that the database is an older copy',
  'hello.resend': 'an evaluator is asked for what the database lacks',
  'hello.caught-up': 'an evaluator has sent all that an older copy lacked',
  'start.wait-ended': 'a window whose evaluator stays away is waited for no longer',
  'store.handler-failed': 'a command fails, and the others of its commit are done again without it',
  'store.commit-failed': 'the disk does not take a commit',
  'store.recover-failed': 'after a failed commit the database cannot be opened yet',
  'store.recovered': 'after a failed commit the database was found whole',
  'store.changed-outside': 'another program wrote between two commits',
  'sweep.clock-held': 'no term is ended, as the clock is in doubt',
  'sweep.beside': 'terms end beside services that are waited for',
  'sweep.released': 'a default may leave, as no evaluator can hold a press any more',
  'sweep.matched': 'a press without a card finds its service',
  'counting.default-replaced': 'a press that came late takes the place of a default',
  'counting.press-replaced': 'another press counts than before',
  'counting.nothing-left': 'what counted was taken back, and nothing takes its place',
  'delivery.held-back': 'a record may not leave yet, as an evaluator is waited for',
  'delivery.already-there': 'a try whose answer was lost had arrived',
  'delivery.refused': 'the province refuses a record',
  'delivery.listed': 'a correction is listed for a person',
  'delivery.omitted': 'a record need not be sent any more',
  'delivery.failed': 'a try gets no answer',
  'delivery.away': 'the province counts as away',
} as const;
export type Mark = keyof typeof MARKS;

let listener: ((mark: Mark) => void) | undefined;

export function mark(name: Mark): void {
  listener?.(name);
}

/** One at a time. Returns what ends it. */
export function listenToMarks(next: (mark: Mark) => void): () => void {
  listener = next;
  return () => {
    if (listener === next) listener = undefined;
  };
}
