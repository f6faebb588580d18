// The gateway in the text form of Prometheus. Everything is asked for when somebody scrapes; nothing here holds
// personal data, and labels are ids of evaluators and connectors and names that stand in the code.
import { Counter, Gauge, Registry } from 'prom-client';
import type { Clock, Sessions, Writer } from '../ports.ts';
import type { Reader } from '../store/reader.ts';
import { ALARM_CODES, alarmsOf } from './alarms.ts';
import { type StandingSources, standingOf } from './standing.ts';

export interface MetricsParts extends StandingSources {
  reader: Pick<
    Reader,
    'clockHold' | 'epochStanding' | 'stuckCount' | 'connectorStandings' | 'devices' | 'heldCount'
  >;
  sessions: Pick<Sessions, 'connected'>;
  writer: Pick<Writer, 'waiting'>;
  clock: Pick<Clock, 'nowMs'>;
  memoryBytes: () => number;
  version: string;
}

export interface Metrics {
  contentType: string;
  text(): Promise<string>;
}

export function makeMetrics(parts: MetricsParts): Metrics {
  const { reader, clock } = parts;
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `pingjia_${name}`, help, labelNames, registers: [registry] });

  const info = gauge('info', 'Version that runs', ['version']);
  const alarm = gauge('alarm', '1 while the alarm of that code holds', ['code']);
  const events = new Counter({
    name: 'pingjia_events_total',
    help: 'What happened since the start, by name; refusals by their code of the protocol',
    labelNames: ['name'],
    registers: [registry],
  });
  const evaluators = gauge(
    'evaluators',
    'Evaluators registered and not revoked, by whether they are online',
    ['state'],
  );
  const unsent = gauge('evaluator_unsent_records', 'Records not acknowledged, as the evaluator last said', [
    'device',
  ]);
  const seen = gauge('evaluator_silent_seconds', 'Since an evaluator that is online was heard', ['device']);
  const fault = gauge('evaluator_fault', 'Number of the fault that an evaluator has, 0 for none', ['device']);
  const resets = gauge('evaluator_resets', 'Boots of an evaluator after a run that no order ended', [
    'device',
  ]);
  const drift = gauge('evaluator_clock_drift_ppm', 'How much faster its clock runs, once measured', [
    'device',
  ]);
  const backlog = gauge('upstream_backlog_records', 'Records waiting for a way upstream', ['connector']);
  const age = gauge('upstream_backlog_oldest_seconds', 'How long the oldest of them waits', ['connector']);
  const stuck = gauge('upstream_stuck_records', 'Refused records and listed corrections', ['connector']);
  const away = gauge('upstream_away', '1 while a way upstream counts as away', ['connector']);
  const held = gauge('defaults_held', 'Defaults that wait until no evaluator can hold a press made in time');
  const waiting = gauge('writer_waiting_commands', 'Commands given to the database and not committed');
  const epoch = gauge('epoch', 'Epoch of the database; grows when it was restored');
  const awaited = gauge('epoch_awaited_evaluators', 'Evaluators that a restored database waits for');
  const memory = gauge('memory_bytes', 'Resident memory of the process');

  const look = () => {
    const nowMs = clock.nowMs();
    const standing = standingOf(parts);
    const active = new Set(alarmsOf(standing).map(({ code }) => code));
    registry.resetMetrics();
    info.set({ version: parts.version }, 1);
    for (const code of ALARM_CODES) alarm.set({ code }, Number(active.has(code)));
    for (const [name, count] of Object.entries(standing.counts)) events.inc({ name }, count);
    const connected = parts.sessions.connected().filter(({ hello }) => hello !== undefined);
    const registered = reader.devices().filter(({ revokedMs }) => revokedMs === undefined).length;
    evaluators.set({ state: 'online' }, connected.length);
    evaluators.set({ state: 'offline' }, Math.max(0, registered - connected.length));
    for (const { device, health, seenAtMs } of connected) {
      if (health) {
        unsent.set({ device }, health.journal.unsent);
        fault.set({ device }, health.fault);
        resets.set({ device }, health.resets);
        if (health.drift !== null) drift.set({ device }, health.drift);
      }
      seen.set({ device }, seconds(nowMs - seenAtMs));
    }
    for (const { id, backlog: of, refused, listed } of reader.connectorStandings()) {
      const connector = id;
      backlog.set({ connector }, of.records);
      age.set({ connector }, of.oldestMs === undefined ? 0 : seconds(nowMs - of.oldestMs));
      stuck.set({ connector }, refused + listed);
      away.set({ connector }, Number(standing.upstreamAway.includes(id)));
    }
    held.set(reader.heldCount());
    waiting.set(parts.writer.waiting());
    epoch.set(reader.epochStanding().epoch);
    awaited.set(standing.awaited);
    memory.set(parts.memoryBytes());
  };

  return {
    contentType: registry.contentType,
    text() {
      look();
      return registry.metrics();
    },
  };
}

const seconds = (ms: number) => Math.max(0, ms / 1000);
