// The wire contract as an AsyncAPI 3 document: one channel for each topic kind, one operation for each side's
// sending. Schemas are referred to as files beside it.

import type { TSchema } from 'typebox';
import { DOWN_KINDS, TOPIC_ROOT, UP_KINDS } from '../../protocol/constants.ts';
import { DOWN_MESSAGES, UP_MESSAGES } from '../../protocol/messages.ts';

const descriptions: Record<string, TSchema & { description?: string }> = { ...UP_MESSAGES, ...DOWN_MESSAGES };

export function makeAsyncApi(): object {
  const kinds = [...UP_KINDS, ...DOWN_KINDS];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Pingjia evaluator protocol',
      version: TOPIC_ROOT.split('/')[1],
      description: 'Seen from the gateway. Envelopes, signatures and rules: README.md beside this file.',
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(kinds.map((kind) => [kind, channel(kind)])),
    operations: Object.fromEntries(
      kinds.map((kind) => [
        `on-${kind}`,
        { action: isUp(kind) ? 'receive' : 'send', channel: { $ref: `#/channels/${kind}` } },
      ]),
    ),
  };
}

const isUp = (kind: string) => (UP_KINDS as readonly string[]).includes(kind);

function channel(kind: string): object {
  const parameter = { description: 'Lower-case letters, digits and hyphens, at most 32' };
  return {
    address: `${TOPIC_ROOT}/{hall}/{device}/${kind}`,
    description: descriptions[kind]?.description ?? '',
    parameters: { hall: parameter, device: parameter },
    messages: { [kind]: { name: kind, payload: { $ref: `schemas/${kind}.json` } } },
    bindings: { mqtt: { qos: 1, retain: false } },
  };
}
