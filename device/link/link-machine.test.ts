import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DRIFT_LIMIT_PPM } from '../../protocol/constants.ts';
import { BACKOFF_LIMIT_MS, backoffMs } from './backoff.ts';
import { createGatewayClock } from './clock.ts';
import { type LinkEvent, type LinkMachine, linkStateOf, next } from './link-machine.ts';

const fault = 'refused' as const;
const states: LinkMachine[] = [
  { kind: 'stopped' },
  { kind: 'waiting', fault, attempt: 3 },
  { kind: 'probing', fault, attempt: 3 },
  { kind: 'opening', fault, attempt: 3, nonce: 'ab' },
  { kind: 'greeting', fault, attempt: 3 },
  { kind: 'online' },
];
const events: Record<string, LinkEvent> = {
  start: { type: 'start' },
  'waited, link up': { type: 'waited', fault: undefined },
  'waited, link down': { type: 'waited', fault: 'no-link' },
  answer: { type: 'answer', nonce: 'cd' },
  silence: { type: 'silence' },
  ready: { type: 'ready' },
  heard: { type: 'heard' },
  closed: { type: 'closed', refused: false },
  'closed, refused': { type: 'closed', refused: true },
};
/** Every pair that changes something; all others are ignored. */
const table: Record<string, Record<string, LinkMachine>> = {
  stopped: { start: { kind: 'waiting', fault: 'connecting', attempt: 0 } },
  waiting: {
    'waited, link up': { kind: 'probing', fault, attempt: 3 },
    'waited, link down': { kind: 'waiting', fault: 'no-link', attempt: 0 },
  },
  probing: {
    answer: { kind: 'opening', fault, attempt: 3, nonce: 'cd' },
    silence: { kind: 'waiting', fault: 'no-gateway', attempt: 4 },
  },
  opening: {
    ready: { kind: 'greeting', fault, attempt: 3 },
    closed: { kind: 'waiting', fault: 'no-gateway', attempt: 4 },
    'closed, refused': { kind: 'waiting', fault: 'refused', attempt: 4 },
  },
  greeting: {
    heard: { kind: 'online' },
    closed: { kind: 'waiting', fault: 'no-gateway', attempt: 4 },
    'closed, refused': { kind: 'waiting', fault: 'no-gateway', attempt: 4 },
  },
  online: {
    closed: { kind: 'waiting', fault: 'connecting', attempt: 1 },
    'closed, refused': { kind: 'waiting', fault: 'connecting', attempt: 1 },
  },
};

describe('the way to the gateway', () => {
  it.each(states.flatMap((state) => Object.keys(events).map((event) => [state.kind, event, state] as const)))(
    'from %s by %s',
    (kind, event, state) => {
      const expected = table[kind]?.[event];
      const after = next(state, events[event]!);
      if (expected) expect(after).toEqual(expected);
      else expect(after).toBe(state);
    },
  );

  it('keeps telling the last fault until it is online', () => {
    expect(states.map(linkStateOf)).toEqual(['connecting', fault, fault, fault, fault, 'online']);
  });
});

describe('waiting before the next try', () => {
  it('is spread from nothing to twice as much each time, and never longer than a minute', () => {
    expect([0, 1, 2, 5, 6, 16].map((attempt) => backoffMs(attempt, 0.999_999))).toEqual([
      999, 1999, 3999, 31_999, 59_999, 59_999,
    ]);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 16 }),
        fc.double({ min: 0, max: 0.9999, noNaN: true }),
        (attempt, f) => {
          expect(backoffMs(attempt, f)).toBeGreaterThanOrEqual(0);
          expect(backoffMs(attempt, f)).toBeLessThan(BACKOFF_LIMIT_MS);
        },
      ),
    );
  });
});

describe('the gateway’s time', () => {
  it('counts half of the round trip', () => {
    const clock = createGatewayClock();
    expect(clock.wallMs(50)).toBe(0);
    clock.asked(1000);
    expect(clock.answered({ echo: 1000, wall: 500_000 }, 1400)).toBe(500_200);
    expect(clock.wallMs(1400)).toBe(500_200);
    expect(clock.wallMs(2400)).toBe(501_200);
  });

  it('shows over hours how fast the own clock runs, whatever the way there and back takes', () => {
    const clock = createGatewayClock();
    const ask = (uptimeMs: number, wallMs: number, roundTripMs = 20) => {
      clock.asked(uptimeMs);
      clock.answered({ echo: uptimeMs, wall: Math.round(wallMs) + roundTripMs / 2 }, uptimeMs + roundTripMs);
      return clock.driftPpm();
    };
    const hours = 3_600_000;
    /** 40 millionths fast. */
    const gateway = (uptimeMs: number) => 1_800_000_000_000 + uptimeMs / 1.00004;
    expect(ask(1000, gateway(1000))).toBeNull();
    expect(ask(hours, gateway(hours))).toBeNull();
    expect(ask(3 * hours, gateway(3 * hours))).toBe(40);
    expect(ask(4 * hours, gateway(4 * hours) + 1500, 3000)).toBe(40);
    expect(ask(30 * hours, gateway(30 * hours), 150)).toBe(40);
    // The gateway's clock is set by a minute: what was known stays, until it is known anew.
    expect(ask(31 * hours, gateway(31 * hours) + 60_000)).toBe(40);
    expect(ask(32 * hours, gateway(32 * hours) + 60_000)).toBe(40);
    expect(ask(34 * hours, gateway(34 * hours) + 60_000 - 600)).toBe(96);
    expect(Math.abs(ask(36 * hours, gateway(36 * hours) + 60_000)!)).toBeLessThan(DRIFT_LIMIT_PPM);
  });

  it('is not taken from an answer that was late, or not to the last question, or was taken before', () => {
    const clock = createGatewayClock();
    clock.asked(1000);
    expect(clock.answered({ echo: 1000, wall: 500_000 }, 6001)).toBeUndefined();
    expect(clock.answered({ echo: 999, wall: 500_000 }, 1001)).toBeUndefined();
    expect(clock.wallMs(1001)).toBe(0);
    expect(clock.answered({ echo: 1000, wall: 500_000 }, 6000)).toBe(502_500);
    expect(clock.answered({ echo: 1000, wall: 900_000 }, 6000)).toBeUndefined();
  });
});
