// The ways upstream as configured: connector, outbox and sender of each, started together and independent.
import type { ConnectorConfig } from '../config/load.ts';
import type { ObservedWriter } from '../observed-writer.ts';
import type { Persons } from '../persons/persons.ts';
import type { Clock, Log } from '../ports.ts';
import type { Reader } from '../store/reader.ts';
import type { UpstreamConnector } from './connector.ts';
import { makeEventFiles } from './event-files.ts';
import { type HttpPost, makeNationalHttp } from './national-http.ts';
import { openApplicants } from './open-applicants.ts';
import { makeSender, type Sender } from './sender.ts';
import { makeStoredOutbox } from './stored-outbox.ts';
import { makeWebhook } from './webhook.ts';

export interface UpstreamParts {
  writer: ObservedWriter;
  reader: Reader;
  persons: Persons;
  clock: Clock;
  log: Log;
  random: () => number;
  hall: string;
  /** How a provincial system is called; over the network when left out. */
  post?: HttpPost | undefined;
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
  const senders = await Promise.all(
    connectors.map((config) => startOne(config, { ...parts, connectorNo: numbers[config.id]! })),
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

async function startOne(
  config: ConnectorConfig,
  parts: UpstreamParts & { connectorNo: number },
): Promise<Sender> {
  const { clock, log, random, persons } = parts;
  const connector = openApplicants(await connectorOf(config, parts), persons);
  const sender = makeSender({
    id: config.id,
    outbox: makeStoredOutbox(parts),
    connector,
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

async function connectorOf(
  config: ConnectorConfig,
  { hall, clock, post }: Pick<UpstreamParts, 'hall' | 'clock' | 'post'>,
): Promise<UpstreamConnector> {
  switch (config.kind) {
    case 'http': {
      const { profile, url, appMark, appWord, signKey } = config;
      return makeNationalHttp({
        profile,
        url,
        appMark,
        appWord,
        signKey,
        nowMs: clock.nowMs,
        ...(post && { post }),
      });
    }
    case 'jetstream': {
      // Loaded here only: most halls have none.
      const { makeJetstream } = await import('./jetstream.ts');
      const { servers, stream, subject, credentialsFile, user, password, caFile, timeoutMs } = config;
      return makeJetstream({
        hall,
        servers,
        stream,
        subject,
        credentialsFile,
        user,
        password,
        caFile,
        timeoutMs,
      });
    }
    case 'webhook':
      return makeWebhook({ hall, url: config.receiverUrl, secret: config.secret, nowMs: clock.nowMs });
    case 'file': {
      const { folder, limitMegabytes } = config;
      return makeEventFiles({ folder, hall, limitBytes: limitMegabytes * 1024 * 1024, nowMs: clock.nowMs });
    }
  }
}
