// Wall time from the gateway's answers. A device has no clock of its own that outlives a power cut: until the
// first answer the time is unknown, and what was written before it keeps saying so.

/** An answer that took longer says too little about now. */
export const ROUND_TRIP_LIMIT_MS = 5000;

/** A shorter way there and back shows the difference of two clocks well enough to measure how they drift apart. */
export const DRIFT_ROUND_TRIP_LIMIT_MS = 200;
/** Between the first and the last comparison: 200 ms are 28 millionths of two hours. */
export const DRIFT_LEAST_MS = 7_200_000;
/** More from one comparison to the next, or more than a thousandth in all: the gateway's clock was set, measure anew. */
export const STEP_MS = 1000;

export interface GatewayClock {
  /** Uptime of the message whose answer will be taken. */
  asked(uptimeMs: number): void;
  /** The new wall time at `uptimeMs`, or undefined when the answer is not to the last question or came too late. */
  answered(answer: { echo: number; wall: number }, uptimeMs: number): number | undefined;
  /** 0 while unknown. */
  wallMs(uptimeMs: number): number;
  /** How much faster than the gateway's clock this one runs; null until known. */
  driftPpm(): number | null;
}

export function createGatewayClock(): GatewayClock {
  let askedMs = -1;
  let offsetMs = 0;
  /** The first comparison and the last, and what they make. */
  let baseMs = 0;
  let baseOffsetMs = 0;
  let lastOffsetMs = 0;
  let driftPpm: number | null = null;
  return {
    asked(uptimeMs) {
      askedMs = uptimeMs;
    },
    answered(answer, uptimeMs) {
      const roundTripMs = uptimeMs - answer.echo;
      if (answer.echo !== askedMs || roundTripMs > ROUND_TRIP_LIMIT_MS) return undefined;
      askedMs = -1;
      const wallMs = answer.wall + Math.floor(roundTripMs / 2);
      offsetMs = wallMs - uptimeMs;
      if (roundTripMs <= DRIFT_ROUND_TRIP_LIMIT_MS) {
        const passedMs = uptimeMs - baseMs;
        const gainedMs = baseOffsetMs - offsetMs;
        const stepMs = Math.abs(lastOffsetMs - offsetMs);
        lastOffsetMs = offsetMs;
        if (stepMs > STEP_MS || Math.abs(gainedMs) > STEP_MS + passedMs / 1000) {
          baseMs = uptimeMs;
          baseOffsetMs = offsetMs;
        } else if (passedMs >= DRIFT_LEAST_MS) driftPpm = Math.round((gainedMs / passedMs) * 1e6);
      }
      return wallMs;
    },
    wallMs: (uptimeMs) => (offsetMs ? offsetMs + uptimeMs : 0),
    driftPpm: () => driftPpm,
  };
}
