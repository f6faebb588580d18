// A token bucket for each caller: so many requests per second on average, twice as many in a burst. Bounded:
// callers that have been silent long enough to have a full bucket are forgotten first.

const CALLERS_LIMIT = 1000;

export interface RateLimit {
  /** 0 if the request may pass, otherwise the seconds to wait. */
  take(caller: string): number;
}

export function makeRateLimit(options: { perSecond: number; monotonicMs: () => number }): RateLimit {
  const { perSecond, monotonicMs } = options;
  const burst = 2 * perSecond;
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(caller) {
      const nowMs = monotonicMs();
      const bucket = buckets.get(caller) ?? { tokens: burst, atMs: nowMs };
      const tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond);
      const passes = tokens >= 1;
      buckets.delete(caller);
      buckets.set(caller, { tokens: passes ? tokens - 1 : tokens, atMs: nowMs });
      if (buckets.size > CALLERS_LIMIT) buckets.delete(buckets.keys().next().value!);
      return passes ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond));
    },
  };
}
