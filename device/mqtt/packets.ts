// MQTT 3.1.1 control packets as binary strings, as far as an evaluator sends them. Texts are ASCII here, so one
// character is one byte; lengths are the caller's to keep.

export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const SUBACK = 9;
export const PINGRESP = 13;

/** [MQTT-2.2.3] seven bits a byte, least significant first. */
function remainingLength(length: number): string {
  let text = '';
  do {
    const rest = Math.floor(length / 128);
    text += String.fromCharCode((length % 128) + (rest > 0 ? 128 : 0));
    length = rest;
  } while (length > 0);
  return text;
}

function packet(firstByte: number, body: string): string {
  return String.fromCharCode(firstByte) + remainingLength(body.length) + body;
}

function uint16(value: number): string {
  return String.fromCharCode(value >> 8, value & 255);
}

function field(text: string): string {
  return uint16(text.length) + text;
}

export interface ConnectFields {
  clientId: string;
  userName: string;
  password: string;
  will: { topic: string; payload: string };
  keepAliveSeconds: number;
}

/** [MQTT-3.1.2] clean session, user name, password, will with QoS 1 and not retained: flags 0xCE. */
export function encodeConnect(fields: ConnectFields): string {
  return packet(
    0x10,
    `${field('MQTT')}\x04\xce${uint16(fields.keepAliveSeconds)}` +
      field(fields.clientId) +
      field(fields.will.topic) +
      field(fields.will.payload) +
      field(fields.userName) +
      field(fields.password),
  );
}

/** [MQTT-3.3.1] QoS 1, not retained. */
export function encodePublish(topic: string, payload: string, packetId: number): string {
  return packet(0x32, field(topic) + uint16(packetId) + payload);
}

export function encodePuback(packetId: number): string {
  return packet(0x40, uint16(packetId));
}

/** [MQTT-3.8.1-1] the reserved bits are 0010. QoS 1 for every filter. */
export function encodeSubscribe(filters: string[], packetId: number): string {
  let body = uint16(packetId);
  filters.forEach((filter) => {
    body += `${field(filter)}\x01`;
  });
  return packet(0x82, body);
}

export const PINGREQ = '\xc0\x00';
