// A hall whose power returns: evaluators with records to deliver start in the same moment, the gateway some seconds
// later. Virtual time; tells when each connected and whether everything arrived.
import { createRandom } from '../../device/flash/testing/flash-world.ts';
import type { FirmwareImage } from '../engine.ts';
import { createScriptedGateway } from '../scripted-gateway/scripted-gateway.ts';
import { createVirtualClock } from './virtual-clock.ts';
import { createVirtualEvaluator } from './virtual-evaluator.ts';

const DELIVERY_LIMIT_MS = 30 * 60_000;
const SECOND_MS = 1000;

export interface FleetOptions {
  firmware: FirmwareImage;
  devices: number;
  /** Unsent records in each journal. */
  records: number;
  /** From the power's return until the gateway listens. */
  gatewayAfterMs: number;
  seed: number;
}

export interface FleetResult {
  /** Since the gateway listens, sorted: when each evaluator's first connection was made. */
  connectedMs: number[];
  /** The most connections in any second. */
  busiestSecond: number;
  delivered: number;
  /** Records that came a second time and were recognised. */
  again: number;
  lost: number;
  /** Since the gateway listens, until the last record was acknowledged. */
  lastMs: number;
}

export function runReturningFleet(options: FleetOptions): FleetResult {
  const clock = createVirtualClock({ wallMs: Date.UTC(2026, 1, 13, 1) });
  const random = createRandom(options.seed);
  const identities = Array.from({ length: options.devices }, (_, index) => ({
    hall: 'hall',
    device: `a${index}`,
    handle: (index + 1).toString(16).padStart(16, '0'),
    key: Array.from({ length: 32 }, () => random(256).toString(16).padStart(2, '0')).join(''),
    gen: 1,
  }));
  const received = new Map(identities.map(({ device }) => [device, new Set<number>()]));
  const connected = new Map<string, number>();
  let again = 0;
  let lastMs = 0;
  const gateway = createScriptedGateway({
    devices: identities,
    wallMs: clock.wallMs,
    onHello(session) {
      if (!connected.has(session.device))
        connected.set(session.device, clock.monotonicMs() - options.gatewayAfterMs);
      session.tellTime();
    },
    onEvaluation(session, record) {
      const seen = received.get(session.device)!;
      if (seen.has(record.seq)) again += 1;
      seen.add(record.seq);
      lastMs = clock.monotonicMs() - options.gatewayAfterMs;
      session.send('ack', { upTo: record.seq, epoch: 1 });
    },
  });
  let listening = false;
  for (const identity of identities) {
    createVirtualEvaluator({
      clock,
      firmware: options.firmware,
      prepared: { ...identity, records: options.records, acked: 0 },
      server: () => (listening ? gateway : undefined),
      sharesGround: true,
    }).device.powerOn();
  }
  clock.advance(options.gatewayAfterMs);
  listening = true;
  const delivered = () => [...received.values()].reduce((sum, seen) => sum + seen.size, 0);
  const wanted = options.devices * options.records;
  clock.advanceUntil(() => connected.size === options.devices && delivered() === wanted, DELIVERY_LIMIT_MS);
  const connectedMs = [...connected.values()].sort((a, b) => a - b);
  const perSecond = new Map<number, number>();
  for (const atMs of connectedMs) {
    const second = Math.floor(atMs / SECOND_MS);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  return {
    connectedMs,
    busiestSecond: Math.max(0, ...perSecond.values()),
    delivered: delivered(),
    again,
    lost: wanted - delivered(),
    lastMs,
  };
}
