// The way to the provincial system as configured: connector, outbox and sender together, started.
import type { GatewayConfig } from '../config/load.ts';
import type { ObservedWriter } from '../observed-writer.ts';
import type { Persons } from '../persons/persons.ts';
import type { Clock, Log } from '../ports.ts';
import type { Reader } from '../store/reader.ts';
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

export function startUpstream(
  upstream: NonNullable<GatewayConfig['upstream']>,
  parts: UpstreamParts,
): Sender {
  const { clock, log, random } = parts;
  const { url, appMark, appWord, negativeText, defaultChannel, concurrency, timeoutMs } = upstream;
  const sender = makeSender({
    outbox: makeStoredOutbox(parts),
    connector: openApplicants(
      makeNationalHttp({ url, appMark, appWord, negativeText, defaultChannel, nowMs: clock.nowMs }),
      parts.persons,
    ),
    clock,
    log,
    concurrency,
    timeoutMs,
    baseMs: upstream.retryBaseMs,
    limitMs: upstream.retryLimitMs,
    random,
  });
  sender.start();
  return sender;
}
