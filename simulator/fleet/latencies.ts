// Times of one kind, as what they tell a person: the middle, the slow ones, the worst.
import { quantilesOf } from '../quantiles.ts';

export interface Latencies {
  count: number;
  medianMs: number;
  p95Ms: number;
  p99Ms: number;
  longestMs: number;
}

export function latenciesOf(timesMs: readonly number[]): Latencies {
  const quantile = quantilesOf(timesMs);
  const at = (share: number) => Math.round(quantile(share) ?? 0);
  return { count: timesMs.length, medianMs: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), longestMs: at(1) };
}
