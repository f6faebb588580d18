// The ways upstream as configured: connector, outbox and sender of each, started together and independent.
import type { ConnectorConfig } from '../config/load.ts';
import type { ObservedWriter } from '../observed-writer.ts';
import type { Persons } from '../persons/persons.ts';
import type { Clock, Log } from '../ports.ts';
import type { Reader } from '../store/reader.ts';
import type { UpstreamConnector } from './connector.ts';
import { makeNationalHttp } from './national-http.ts';
import { openApplicants } from './open-applicants.ts';
import { makeSender, type Sender } from './sender.ts';
import { makeStoredOutbox } from './stored-outbox.ts';

export interface UpstreamParts {
  writer: ObservedWriter;
  reader: Reader;
  persons: Persons;
  clock: Clock;
  log: Log;
  random: () => number;
}

export interface Upstream {
  /** By the id of the connector. */
  breakers(): Record<string, 'closed' | 'open'>;
  stop(): Promise<void>;
}

export async function startUpstream(
  connectors: readonly ConnectorConfig[],
  parts: UpstreamParts,
): Promise<Upstream> {
  const { writer, clock } = parts;
  await writer.submit('record-purpose', {
    purpose: 'upstream',
    to: connectors.map(destinationOf).join(', '),
    atMs: clock.nowMs(),
  });
  const { numbers } = await writer.submit('set-connectors', {
    connectors: connectors.map(({ id, kind }) => ({ id, kind })),
  });
  const senders = connectors.map((config) =>
    startOne(config, { ...parts, connectorNo: numbers[config.id]! }),
  );
  return {
    breakers: () => Object.fromEntries(senders.map((sender) => [sender.id, sender.breakerState()])),
    async stop() {
      await Promise.all(senders.map((sender) => sender.stop()));
    },
  };
}

/** Where personal data goes, as it is put on record; without what else an address may hold. */
function destinationOf(connector: ConnectorConfig): string {
  const where = 'url' in connector ? ` to ${new URL(connector.url).host}` : '';
  return `${connector.id} (${connector.kind})${where}`;
}

function startOne(config: ConnectorConfig, parts: UpstreamParts & { connectorNo: number }): Sender {
  const { clock, log, random, persons } = parts;
  const sender = makeSender({
    id: config.id,
    outbox: makeStoredOutbox(parts),
    connector: openApplicants(connectorOf(config, clock), persons),
    clock,
    log,
    concurrency: config.concurrency,
    timeoutMs: config.timeoutMs,
    baseMs: config.retryBaseMs,
    limitMs: config.retryLimitMs,
    random,
  });
  sender.start();
  return sender;
}

function connectorOf(config: ConnectorConfig, clock: Clock): UpstreamConnector {
  const { profile, url, appMark, appWord, signKey } = config;
  return makeNationalHttp({ profile, url, appMark, appWord, signKey, nowMs: clock.nowMs });
}
