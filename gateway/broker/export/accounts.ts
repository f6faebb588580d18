// Who may use another broker, and for what: each evaluator its own topics, the gateway those of all. What a broker's
// files say of it is made from this list.
import { DOWN_KINDS, TOPIC_ROOT, UP_KINDS } from '../../../protocol/constants.ts';
import { topicOf } from '../../../protocol/topics.ts';
import type { KnownDevice } from '../../fleet/registry.ts';

export interface BrokerAccount {
  user: string;
  password: string;
  /** MQTT topics, those of the gateway with wildcards. */
  publish: string[];
  subscribe: string[];
}

export interface BrokerFile {
  name: string;
  text: string;
  /** Holds what can be used to find or forge passwords. */
  secret: boolean;
}

export function deviceAccount(device: KnownDevice): BrokerAccount {
  const newest = Math.max(...device.keys.keys());
  const address = { hall: device.hall, device: device.id };
  return {
    user: `${device.hall}.${device.id}`,
    password: device.keys.get(newest)!.broker.toString('hex'),
    publish: UP_KINDS.map((kind) => topicOf(address, kind)),
    subscribe: DOWN_KINDS.map((kind) => topicOf(address, kind)),
  };
}

export function gatewayAccount(hall: string, login: { user: string; password: string }): BrokerAccount {
  const every = (kind: string) => `${TOPIC_ROOT}/${hall}/+/${kind}`;
  return { ...login, publish: DOWN_KINDS.map(every), subscribe: UP_KINDS.map(every) };
}
