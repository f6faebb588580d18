// What a connected device may publish and subscribe to: its own upward and downward topics, nothing retained.
// Pure; the broker does what it answers.
import { UP_PAYLOAD_LIMIT_BYTES, type UpKind } from '../../protocol/constants.ts';
import type { WireErrorCode } from '../../protocol/errors.ts';
import { type DeviceAddress, parseTopic } from '../../protocol/topics.ts';

export interface Publish {
  topic: string;
  payloadBytes: number;
  retain: boolean;
  qos: number;
}

export function publishRule(
  own: DeviceAddress,
  publish: Publish,
): { kind: UpKind } | { code: WireErrorCode } {
  const topic = parseTopic(publish.topic);
  const isOwn = topic?.hall === own.hall && topic.device === own.device && topic.direction === 'up';
  if (!isOwn || publish.retain || publish.qos > 1) return { code: 'topic.not-own' };
  if (publish.payloadBytes > UP_PAYLOAD_LIMIT_BYTES) return { code: 'payload.too-large' };
  return { kind: topic.kind as UpKind };
}

export function maySubscribe(own: DeviceAddress, filter: string): boolean {
  const topic = parseTopic(filter);
  return topic?.hall === own.hall && topic.device === own.device && topic.direction === 'down';
}
