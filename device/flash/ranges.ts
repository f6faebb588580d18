// Ranges of sequences [first, last], kept in order and apart, at most a given number of them.

export type SequenceRange = [number, number];

/** Beyond the limit the lowest range goes; it is found again when it is still needed. */
export function addRange(ranges: SequenceRange[], first: number, last: number, limitRanges: number): void {
  if (last < first) return;
  let at = 0;
  while (at < ranges.length && ranges[at]![1] < first - 1) at++;
  while (at < ranges.length && ranges[at]![0] <= last + 1) {
    first = Math.min(first, ranges[at]![0]);
    last = Math.max(last, ranges[at]![1]);
    ranges.splice(at, 1);
  }
  ranges.splice(at, 0, [first, last]);
  if (ranges.length > limitRanges) ranges.splice(0, 1);
}

/** How many sequences from `from` on lie in the ranges. */
export function countInRanges(ranges: SequenceRange[], from: number): number {
  return ranges.reduce((sum, range) => sum + Math.max(0, range[1] - Math.max(range[0], from) + 1), 0);
}
