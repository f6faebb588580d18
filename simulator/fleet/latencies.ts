// Times of one kind, as what they tell a person: the middle, the slow ones, the worst.
export interface Latencies {
  count: number;
  medianMs: number;
  p95Ms: number;
  p99Ms: number;
  longestMs: number;
}

export function latenciesOf(timesMs: readonly number[]): Latencies {
  const sorted = [...timesMs].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { count: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), longestMs: at(1) };
}
