// MQTT topics `pingjia/1/{hall}/{device}/{kind}`: built and parsed here only. A parsed topic holds valid ids;
// whether a device may use it is the broker's question.
import { DOWN_KINDS, type DownKind, ID_PATTERN, TOPIC_ROOT, UP_KINDS, type UpKind } from './constants.ts';

export interface DeviceAddress {
  hall: string;
  device: string;
}

export type TopicKind = UpKind | DownKind;
export interface ParsedTopic extends DeviceAddress {
  direction: 'up' | 'down';
  kind: TopicKind;
}

const idPattern = new RegExp(ID_PATTERN);

export function topicOf(address: DeviceAddress, kind: TopicKind): string {
  return `${TOPIC_ROOT}/${address.hall}/${address.device}/${kind}`;
}

/** What a device subscribes to: one filter for each downward kind. */
export function downFilters(address: DeviceAddress): string[] {
  return DOWN_KINDS.map((kind) => topicOf(address, kind));
}

export function parseTopic(topic: string): ParsedTopic | undefined {
  const parts = topic.split('/');
  if (parts.length !== 5) return undefined;
  const [root, version, hall, device, kind] = parts as [string, string, string, string, string];
  if (`${root}/${version}` !== TOPIC_ROOT || !idPattern.test(hall) || !idPattern.test(device))
    return undefined;
  if ((UP_KINDS as readonly string[]).includes(kind))
    return { direction: 'up', hall, device, kind: kind as UpKind };
  if ((DOWN_KINDS as readonly string[]).includes(kind))
    return { direction: 'down', hall, device, kind: kind as DownKind };
  return undefined;
}
