// The few MQTT 3.1.1 packets the load needs, as bytes: prepared before the measurement, so that sending one costs a
// write. Section numbers are those of the standard.

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Section 2.2.3. */
function remainingLength(length: number): number[] {
  const bytes: number[] = [];
  for (let left = length; bytes.length === 0 || left > 0; left = Math.floor(left / 128))
    bytes.push((left % 128) | (left >= 128 ? 0x80 : 0));
  return bytes;
}

function packet(firstByte: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([firstByte, ...remainingLength(body.length)]), body]);
}

export interface Connect {
  clientId: string;
  username?: string;
  password?: string;
  keepAliveSeconds: number;
}

/** Section 3.1, clean session. */
export function connectPacket({ clientId, username, password, keepAliveSeconds }: Connect): Buffer {
  const flags = 2 | (username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40);
  const parts = [text('MQTT'), Buffer.from([4, flags, keepAliveSeconds >> 8, keepAliveSeconds & 255])];
  parts.push(text(clientId));
  if (username !== undefined) parts.push(text(username));
  if (password !== undefined) parts.push(text(password));
  return packet(0x10, Buffer.concat(parts));
}

/** Section 3.8, QoS 1 for each filter. */
export function subscribePacket(filters: string[]): Buffer {
  const list = filters.map((filter) => Buffer.concat([text(filter), Buffer.from([1])]));
  return packet(0x82, Buffer.concat([Buffer.from([0, 1]), ...list]));
}

/** Section 3.3, QoS 1. */
export function publishPacket(topic: string, messageId: number, payload: Buffer): Buffer {
  return packet(0x32, Buffer.concat([text(topic), Buffer.from([messageId >> 8, messageId & 255]), payload]));
}
