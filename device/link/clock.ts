// Wall time from the gateway's answers. A device has no clock of its own that outlives a power cut: until the
// first answer the time is unknown, and what was written before it keeps saying so.

/** An answer that took longer says too little about now. */
export const ROUND_TRIP_LIMIT_MS = 5000;

export interface GatewayClock {
  /** Uptime of the message whose answer will be taken. */
  asked(uptimeMs: number): void;
  /** The new wall time at `uptimeMs`, or undefined when the answer is not to the last question or came too late. */
  answered(answer: { echo: number; wall: number }, uptimeMs: number): number | undefined;
  /** 0 while unknown. */
  wallMs(uptimeMs: number): number;
}

export function createGatewayClock(): GatewayClock {
  let askedMs = -1;
  let offsetMs = 0;
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
      return wallMs;
    },
    wallMs: (uptimeMs) => (offsetMs ? offsetMs + uptimeMs : 0),
  };
}
