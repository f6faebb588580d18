// The page of reasons after a press: offered by the gateway for the press it has just acknowledged, never demanded.
// A key marks its option or takes the mark away; what stays marked is written 3 s after the last key. Every level has
// the same page, and leaving it alone costs nothing.
import {
  type Level,
  REASONS_LIMIT,
  REASONS_MIN_SECONDS,
  REASONS_SETTLE_MS,
} from '../../protocol/constants.ts';
import type { ReasonsOffer } from '../contracts.ts';
import type { Ballot } from './evaluator.ts';
import type { Known } from './known.ts';

export interface ReasonsState {
  name: 'reasons';
  known: Known;
  /** The press they are for; at the time of the last key once there is one. */
  ballot: Ballot;
  offer: ReasonsOffer;
  /** Bit 0 the first option, which is key 5's. */
  picked: number;
}

/** How long after the thanks the page may still come. */
export const OFFER_WAIT_MS = 10_000;

/** The page, if the gateway has offered it for the press that was thanked for last. */
export function openReasons(known: Known): ReasonsState | undefined {
  const thanked = known.thanked;
  const offer = known.offer;
  if (!thanked || !offer || offer.seq !== thanked.seq) return undefined;
  return { name: 'reasons', known, ballot: thanked.ballot, offer, picked: 0 };
}

/** Undefined where the key has no option, or as many as fit a record are marked already. */
export function pick(state: ReasonsState, level: Level): number | undefined {
  const bit = 1 << (5 - level);
  const picked = state.picked ^ bit;
  if (5 - level >= state.offer.options.length || codesOf(state.offer, picked).length > REASONS_LIMIT)
    return undefined;
  return picked;
}

export const waitMs = (picked: number): number => (picked ? REASONS_SETTLE_MS : REASONS_MIN_SECONDS * 1000);

export const codesOf = (offer: ReasonsOffer, picked: number): number[] =>
  offer.options.filter((_option, index) => picked & (1 << index)).map((option) => option.code);
