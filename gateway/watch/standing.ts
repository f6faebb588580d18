// Gathers from the gateway's parts what alarms are decided on.
import type { Counters } from '../ports.ts';
import type { Reader } from '../store/reader.ts';
import { type Alarm, alarmsOf, type Standing } from './alarms.ts';
import type { EvaluatorWatch } from './evaluators.ts';

export interface StandingSources {
  reader: Pick<Reader, 'clockHold' | 'epochStanding' | 'stuckCount'>;
  counters: Pick<Counters, 'all'>;
  breakers: () => Record<string, 'closed' | 'open'>;
  ready: () => boolean;
  unknownYears: () => number[];
  brokerConnected: (() => boolean) | undefined;
  evaluators: Pick<EvaluatorWatch, 'troubles'>;
}

export function standingOf(sources: StandingSources): Standing {
  const { reader } = sources;
  const { awaited, silent } = reader.epochStanding();
  return {
    storing: sources.ready(),
    clockHeld: reader.clockHold() !== undefined,
    unknownYears: sources.unknownYears(),
    awaited: awaited.length,
    silentSinceStart: silent,
    brokerConnected: sources.brokerConnected?.(),
    upstreamAway: Object.entries(sources.breakers()).flatMap(([id, state]) => (state === 'open' ? [id] : [])),
    stuck: reader.stuckCount(),
    counts: sources.counters.all(),
    evaluators: sources.evaluators.troubles(),
  };
}

export const alarmsNow = (sources: StandingSources): Alarm[] => alarmsOf(standingOf(sources));
