// What a connected device may publish and subscribe to: its own upward and downward topics, nothing retained.
// Pure; the broker does what it answers.
import {
  DOWN_KINDS as ALL_DOWN_KINDS,
  TOPIC_ROOT,
  UP_KINDS,
  UP_PAYLOAD_LIMIT_BYTES,
  type UpKind,
} from '../../protocol/constants.ts';
import type { WireErrorCode } from '../../protocol/errors.ts';
import { type DeviceAddress, topicOf } from '../../protocol/topics.ts';

const DOWN_KINDS: readonly string[] = ALL_DOWN_KINDS;

export interface Publish {
  topic: string;
  payload: Uint8Array;
  retain: boolean;
  qos: number;
}

/** All that a device may publish to. */
export function upTopics(own: DeviceAddress): ReadonlyMap<string, UpKind> {
  return new Map(UP_KINDS.map((kind) => [topicOf(own, kind), kind]));
}

export function publishRule(
  own: ReadonlyMap<string, UpKind>,
  { topic, payload, retain, qos }: Publish,
): { kind: UpKind } | { code: WireErrorCode } {
  const kind = own.get(topic);
  if (kind === undefined || retain || qos > 1) return { code: 'topic.not-own' };
  if (payload.length > UP_PAYLOAD_LIMIT_BYTES) return { code: 'payload.too-large' };
  return { kind };
}

export function maySubscribe(own: DeviceAddress, filter: string): boolean {
  const before = `${TOPIC_ROOT}/${own.hall}/${own.device}/`;
  return filter.startsWith(before) && DOWN_KINDS.includes(filter.slice(before.length));
}
