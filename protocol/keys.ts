// Keys derived from a device's 32-byte key, and what is made with them: signatures, proofs, envelopes.
// For the gateway and tests (Node's crypto); the firmware computes the same with SHA-256 alone.
import { timingSafeEqual } from 'node:crypto';
import {
  DEVICE_KEY_BYTES,
  type DownKind,
  HANDLE_BYTES,
  KEY_LABEL_BROKER,
  KEY_LABEL_CONNECT,
  KEY_LABEL_DOWN,
  KEY_LABEL_SIGN,
  KEY_LABEL_UPDATE,
  KEY_SALT,
  MAC_BYTES,
  type UpKind,
} from './constants.ts';
import { hkdfSha256, hmacSha256, hmacSha256Hex, hmacSha256Is } from './hmac.ts';
import {
  connectLayout,
  evaluationLayout,
  type OfferedImage,
  rekeyLayout,
  type SessionNumbers,
  sessionDownLayout,
  sessionUpLayout,
  type UnsignedEvaluation,
  updateLayout,
} from './layouts.ts';
import type { Evaluation } from './messages.ts';

export interface DeviceKeys {
  readonly connect: Buffer;
  readonly sign: Buffer;
  readonly down: Buffer;
  readonly update: Buffer;
  /** Its hexadecimal digits are the MQTT password behind another broker. */
  readonly broker: Buffer;
}

export interface DeviceSecret {
  /** 32 bytes from a cryptographic generator. */
  key: Uint8Array;
  /** 16 hexadecimal digits. */
  deviceHandle: string;
  /** Generation of the key, 1–255. */
  gen: number;
}

const SALT = Buffer.from(KEY_SALT);

/** Each key is derived when it is first asked for: a hall's evaluators that all connect at once need two of the five. */
export function deriveKeys(secret: DeviceSecret): DeviceKeys {
  if (secret.key.length !== DEVICE_KEY_BYTES) throw new Error(`a device key has ${DEVICE_KEY_BYTES} bytes`);
  return new DerivedKeys(secret);
}

class DerivedKeys implements DeviceKeys {
  readonly #expand: (...info: (Uint8Array | string)[]) => Buffer;
  readonly #owner: Buffer;
  #connect: Buffer | undefined;
  #sign: Buffer | undefined;
  #down: Buffer | undefined;
  #update: Buffer | undefined;
  #broker: Buffer | undefined;

  constructor({ key, deviceHandle, gen }: DeviceSecret) {
    this.#expand = hkdfSha256(key, SALT);
    this.#owner = Buffer.alloc(HANDLE_BYTES + 1, gen);
    this.#owner.write(deviceHandle, 'hex');
  }
  get connect(): Buffer {
    this.#connect ??= this.#expand(KEY_LABEL_CONNECT, this.#owner);
    return this.#connect;
  }
  get sign(): Buffer {
    this.#sign ??= this.#expand(KEY_LABEL_SIGN, this.#owner);
    return this.#sign;
  }
  get down(): Buffer {
    this.#down ??= this.#expand(KEY_LABEL_DOWN, this.#owner);
    return this.#down;
  }
  get update(): Buffer {
    this.#update ??= this.#expand(KEY_LABEL_UPDATE, this.#owner);
    return this.#update;
  }
  get broker(): Buffer {
    this.#broker ??= this.#expand(KEY_LABEL_BROKER, this.#owner);
    return this.#broker;
  }
}

export interface SessionKeys {
  up: Buffer;
  down: Buffer;
}

export function deriveSessionKeys(keys: DeviceKeys, session: SessionNumbers): SessionKeys {
  return {
    up: hmacSha256(keys.connect, sessionUpLayout(session)),
    down: hmacSha256(keys.down, sessionDownLayout(session)),
  };
}

export function signEvaluation(
  keys: DeviceKeys,
  deviceHandle: string,
  record: UnsignedEvaluation,
): Evaluation {
  return { ...record, sig: hmacSha256Hex(keys.sign, evaluationLayout(deviceHandle, record)) };
}

export function evaluationIsSigned(keys: DeviceKeys, deviceHandle: string, record: Evaluation): boolean {
  return layoutIsSigned(keys, evaluationLayout(deviceHandle, record), Buffer.from(record.sig, 'hex'));
}

/** The same of an evaluation's layout as bytes. */
export function layoutIsSigned(keys: DeviceKeys, layout: Uint8Array, signature: Uint8Array): boolean {
  return hmacSha256Is(signature, keys.sign, layout);
}

/** The MAC of an offer, 64 hexadecimal digits: no gateway key but this device's makes it. */
export function offerMac(keys: DeviceKeys, deviceHandle: string, image: OfferedImage): string {
  return hmacSha256Hex(keys.update, updateLayout(deviceHandle, image));
}

/**
 * A new device key as `control rekey` carries it, 64 hexadecimal digits: the key XOR a pad that only this message
 * of this session has. The same call takes the wrapping off again.
 */
export function wrapKey(
  sessionDown: Uint8Array,
  key: Uint8Array,
  message: { gen: number; n: number },
): string {
  if (key.length !== DEVICE_KEY_BYTES) throw new Error(`a device key has ${DEVICE_KEY_BYTES} bytes`);
  const pad = hmacSha256(sessionDown, rekeyLayout(message));
  return Buffer.from(key.map((byte, index) => byte ^ pad[index]!)).toString('hex');
}

/** The MQTT password: `1.{gen}.{boot}.{conn}.{nonce}.{proof}`, numbers decimal, the rest hexadecimal. */
export interface ConnectProof extends Omit<SessionNumbers, 'deviceHandle'> {
  gen: number;
  proof: string;
}

export function makeConnectPassword(keys: DeviceKeys, gen: number, session: SessionNumbers): string {
  const proof = hmacSha256Hex(keys.connect, connectLayout(session));
  return `1.${gen}.${session.boot}.${session.conn}.${session.nonce}.${proof}`;
}

const passwordPattern = /^1\.([1-9]\d{0,2})\.([1-9]\d{0,9})\.([1-9]\d{0,9})\.([0-9a-f]{32})\.([0-9a-f]{64})$/;

export function parseConnectPassword(password: string): ConnectProof | undefined {
  const match = passwordPattern.exec(password);
  if (!match) return undefined;
  const [gen, boot, conn] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (gen > 255 || boot > 0xffffffff || conn > 0xffffffff) return undefined;
  return { gen, boot, conn, nonce: match[4]!, proof: match[5]! };
}

export function connectProofIsRight(keys: DeviceKeys, deviceHandle: string, proof: ConnectProof): boolean {
  return sameBytes(
    hmacSha256(keys.connect, connectLayout({ ...proof, deviceHandle })),
    Buffer.from(proof.proof, 'hex'),
  );
}

function envelopeMac(sessionKey: Uint8Array, kind: UpKind | DownKind, body: string): string {
  return hmacSha256Hex(sessionKey, Buffer.from(`${kind}\n${body}`, 'latin1')).slice(0, 2 * MAC_BYTES);
}

/** The payload of every message but `evaluation`: 32 hexadecimal digits of MAC, then the body as ASCII JSON. */
export function sealEnvelope(sessionKey: Uint8Array, kind: UpKind | DownKind, message: object): string {
  const body = asciiJson(message);
  return envelopeMac(sessionKey, kind, body) + body;
}

/** The body as it came, or undefined if the MAC is wrong. Parsing and checking the counter are the caller's. */
export function openEnvelope(
  sessionKey: Uint8Array,
  kind: UpKind | DownKind,
  payload: string,
): string | undefined {
  const body = payload.slice(2 * MAC_BYTES);
  const mac = payload.slice(0, 2 * MAC_BYTES);
  if (!/^[0-9a-f]{32}$/.test(mac)) return undefined;
  return sameBytes(Buffer.from(mac, 'hex'), Buffer.from(envelopeMac(sessionKey, kind, body), 'hex'))
    ? body
    : undefined;
}

/** JSON with every character above U+007E escaped, so that one character is one byte everywhere. */
export function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
