// Takes the stream apart into the packets a server sends to an evaluator. Whatever is malformed, oversized or
// not a server's to send gives an error, after which the stream must be closed: its packets cannot be found again.
import { CONNACK, PINGRESP, PUBACK, PUBLISH, SUBACK } from './packets.ts';

export type Packet =
  | { type: 'connack'; code: number }
  | { type: 'publish'; topic: string; payload: string; packetId: number }
  | { type: 'puback'; packetId: number }
  | { type: 'suback'; packetId: number; codes: string }
  | { type: 'pingresp' };

export type DecodeError = 'mqtt.malformed' | 'mqtt.oversized';

export interface Decoder {
  /** Hands on every complete packet; `onPacket` returns false to stop. Returns what went wrong, if anything. */
  push(data: string, onPacket: (packet: Packet) => boolean): DecodeError | undefined;
}

/** A packet and its topic beyond this many bytes is refused before it is collected. */
export function createDecoder(packetLimitBytes: number): Decoder {
  let pending = '';
  return {
    push(data, onPacket) {
      pending += data;
      for (;;) {
        // [MQTT-2.2.3] at most four bytes of remaining length.
        let length = 0;
        let at = 1;
        let factor = 1;
        let byte = 128;
        while (byte >= 128) {
          if (at > 4) return 'mqtt.malformed';
          if (at >= pending.length) return undefined;
          byte = pending.charCodeAt(at++);
          length += (byte % 128) * factor;
          factor *= 128;
        }
        if (length > packetLimitBytes) return 'mqtt.oversized';
        const end = at + length;
        if (pending.length < end) return undefined;
        const packet = decodePacket(pending, at, end);
        if (!packet) return 'mqtt.malformed';
        pending = pending.slice(end);
        if (!onPacket(packet)) return undefined;
      }
    },
  };
}

function uint16(text: string, at: number): number {
  return text.charCodeAt(at) * 256 + text.charCodeAt(at + 1);
}

/** Of the packet that begins `text` and whose fields lie from `at` to `end`. */
function decodePacket(text: string, at: number, end: number): Packet | undefined {
  const type = text.charCodeAt(0) >> 4;
  const flags = text.charCodeAt(0) & 15;
  const length = end - at;
  if (type === PUBLISH) return decodePublish(text, at, end);
  // [MQTT-2.2.2-2] the other packets of a server have no flags.
  if (flags) return undefined;
  if (type === PINGRESP) return length === 0 ? { type: 'pingresp' } : undefined;
  if (length < 2) return undefined;
  if (type === CONNACK) {
    // [MQTT-3.2.2] clean session: no session is present, so the first byte is 0.
    if (length !== 2 || text.charCodeAt(at) !== 0) return undefined;
    return { type: 'connack', code: text.charCodeAt(at + 1) };
  }
  const packetId = uint16(text, at);
  if (packetId === 0) return undefined;
  if (type === PUBACK && length === 2) return { type: 'puback', packetId: packetId };
  if (type === SUBACK && length > 2)
    return { type: 'suback', packetId: packetId, codes: text.slice(at + 2, end) };
  return undefined;
}

function decodePublish(text: string, at: number, end: number): Packet | undefined {
  const flags = text.charCodeAt(0) & 15;
  const qos = (flags >> 1) & 3;
  // Subscribed with QoS 1: neither 2 nor the malformed 3 [MQTT-3.3.1-4] may come. DUP needs QoS 1 [MQTT-3.3.1-2].
  if (qos > 1 || (qos === 0 && flags & 8) || end - at < 2) return undefined;
  const topicEnd = at + 2 + uint16(text, at);
  const start = topicEnd + 2 * qos;
  if (topicEnd === at + 2 || start > end) return undefined;
  const packetId = qos ? uint16(text, topicEnd) : 0;
  // [MQTT-2.3.1-1]
  if (qos && packetId === 0) return undefined;
  return {
    type: 'publish',
    topic: text.slice(at + 2, topicEnd),
    payload: text.slice(start, end),
    packetId: packetId,
  };
}
