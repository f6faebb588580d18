// Quantiles of lengths of time, for reports: the value at a share of all of them in order, the longest at 1.

/** Undefined where there is none. */
export function quantilesOf(valuesMs: readonly number[]): (share: number) => number | undefined {
  const sorted = [...valuesMs].sort((a, b) => a - b);
  return (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
