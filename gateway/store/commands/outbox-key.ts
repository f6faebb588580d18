// The keys of rows of the outbox, by which upstream knows a repetition. Made of what evaluators and window systems say,
// so that a restored database that was filled again makes the same ones; ids of facts and rows would not be.
import type { ServiceKey } from './commands.ts';

export interface ToldOfService extends ServiceKey {
  /** How often it was told, this time included. */
  revision: number;
}

const revised = (key: string, revision: number): string => (revision === 1 ? key : `${key}:${revision}`);

export const serviceOutboxKey = ({ projectNo, assessNumber, revision }: ToldOfService): string =>
  revised(`s:${projectNo}:${assessNumber}`, revision);

/** `counts` names what counts for the service now. */
export const evaluationOutboxKey = (
  { projectNo, assessNumber, revision }: ToldOfService,
  counts: string,
): string => revised(`e:${projectNo}:${assessNumber}:${counts}`, revision);

export const NAME_OF_NOTHING = 'none';
export const NAME_OF_DEFAULT = 'default';
export const nameOfPress = (device: string, seq: number): string => `${device}:${seq}`;
