// The MQTT 3.1.1 packets that go down, as bytes. Section numbers are those of the standard.

export const PINGRESP = Buffer.from([0xd0, 0]);

/** Section 3.2, no session present. */
export const connackBytes = (returnCode: number) => Buffer.from([0x20, 2, 0, returnCode]);

const PUBACK_BYTES = 4;

/** Section 3.4. */
export function pubacksBytes(count: number, messageIdOf: (index: number) => number): Buffer {
  const bytes = Buffer.allocUnsafe(PUBACK_BYTES * count);
  for (let index = 0; index < count; index += 1) {
    const messageId = messageIdOf(index);
    const at = PUBACK_BYTES * index;
    bytes[at] = 0x40;
    bytes[at + 1] = 2;
    bytes[at + 2] = messageId >> 8;
    bytes[at + 3] = messageId & 0xff;
  }
  return bytes;
}

/** Section 3.9. */
export function subackBytes(messageId: number, granted: number[]): Buffer {
  return Buffer.from([
    0x90,
    ...lengthBytes(2 + granted.length),
    messageId >> 8,
    messageId & 0xff,
    ...granted,
  ]);
}

/** Section 3.11. */
export const unsubackBytes = (messageId: number) => Buffer.from([0xb0, 2, messageId >> 8, messageId & 0xff]);

export interface PublishFields {
  /** ASCII, both. */
  topic: string;
  payload: string;
  /** QoS 1 with one, QoS 0 without. */
  messageId: number | undefined;
}

/** Section 3.3. */
export function publishBytes({ topic, payload, messageId }: PublishFields): Buffer {
  const idBytes = messageId === undefined ? 0 : 2;
  const length = 2 + topic.length + idBytes + payload.length;
  const digits = length < 128 ? 1 : length < 16_384 ? 2 : 3;
  const bytes = Buffer.allocUnsafe(1 + digits + length);
  bytes[0] = messageId === undefined ? 0x30 : 0x32;
  let at = 1;
  for (let left = length; at <= digits; at += 1, left >>= 7)
    bytes[at] = at < digits ? (left & 0x7f) | 0x80 : left;
  bytes[at] = topic.length >> 8;
  bytes[at + 1] = topic.length & 0xff;
  at += 2;
  at += bytes.write(topic, at, 'latin1');
  if (messageId !== undefined) {
    bytes[at] = messageId >> 8;
    bytes[at + 1] = messageId & 0xff;
    at += 2;
  }
  bytes.write(payload, at, 'latin1');
  return bytes;
}

/** Section 2.2.3. */
function lengthBytes(length: number): number[] {
  const bytes: number[] = [];
  for (let left = length; bytes.length === 0 || left > 0; left >>= 7)
    bytes.push((left & 0x7f) | (left >= 128 ? 0x80 : 0));
  return bytes;
}
