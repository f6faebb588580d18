// What the device authenticates itself and others with, as protocol/README.md lays it down: signatures of
// records, the connect password, the two keys of a session and the envelopes under them. Keeps no state but keys.
import {
  DOMAIN_CONNECT,
  DOMAIN_EVALUATION,
  DOMAIN_SESSION_DOWN,
  DOMAIN_SESSION_UP,
  EVALUATION_LAYOUT_BYTES,
  KEY_LABEL_BROKER,
  KEY_LABEL_CONNECT,
  KEY_LABEL_DOWN,
  KEY_LABEL_SIGN,
  KEY_SALT,
  MAC_BYTES,
} from '../../protocol/constants.ts';
import type { Identity, JournalRecord } from '../contracts.ts';
import { putUint } from '../flash/bytes.ts';
import { putRecordBody, RECORD_BODY_BYTES } from '../flash/record-body.ts';
import { fromHex, toBinary, toHex } from './hex.ts';
import { createHmac, type Hmac, hkdf, type Sha256 } from './hmac.ts';

/** Begins what the device draws its unpredictable numbers from; no other layout begins so. */
const DOMAIN_RANDOM = 'pj1-rand';

export interface SessionNumbers {
  boot: number;
  conn: number;
  /** 32 hexadecimal digits. */
  nonce: string;
}

/** Binds payloads to one direction of one session. */
export interface Envelopes {
  seal(kind: string, message: object): string;
  /** The body, or undefined if the MAC is wrong. */
  open(kind: string, payload: string): string | undefined;
}

export interface DeviceCrypto {
  /** 64 hexadecimal digits over the layout of the record, under the key of its generation. */
  sign(record: JournalRecord): string;
  password(session: SessionNumbers): string;
  /** Behind another broker. */
  brokerPassword(): string;
  envelopes(session: SessionNumbers): { up: Envelopes; down: Envelopes };
  /** 32 bytes that nobody without the key can predict; each boot and counter gives others. */
  unpredictable(boot: number, counter: number): Uint8Array;
}

export function evaluationLayout(identity: Identity, record: JournalRecord): Uint8Array {
  const bytes = new Uint8Array(EVALUATION_LAYOUT_BYTES);
  for (let i = 0; i < DOMAIN_EVALUATION.length; i++) bytes[i] = DOMAIN_EVALUATION.charCodeAt(i);
  bytes.set(identity.handle, 8);
  putRecordBody(
    { bytes: bytes, offset: EVALUATION_LAYOUT_BYTES - RECORD_BODY_BYTES, seq: record.seq },
    record,
  );
  return bytes;
}

function createEnvelopes(hmac: Hmac): Envelopes {
  const mac = (kind: string, body: string) => toHex(hmac(`${kind}\n`, body)).slice(0, 2 * MAC_BYTES);
  return {
    seal(kind, message) {
      const body = JSON.stringify(message);
      return mac(kind, body) + body;
    },
    open(kind, payload) {
      const body = payload.slice(2 * MAC_BYTES);
      return mac(kind, body) === payload.slice(0, 2 * MAC_BYTES) ? body : undefined;
    },
  };
}

interface KeyUse {
  label: string;
  gen: number;
}

/** The key derived for a label, of the identity's own generation or of the one before a rekey. */
function deriveKey(sha256: Sha256, identity: Identity, use: KeyUse): Uint8Array {
  const info = use.label + toBinary(identity.handle) + String.fromCharCode(use.gen);
  const previous = identity.previous;
  const key = previous && previous.gen === use.gen ? previous.key : identity.key;
  return hkdf(sha256, { key: key, salt: KEY_SALT, info: info });
}

export function deriveHmac(sha256: Sha256, identity: Identity, use: KeyUse): Hmac {
  return createHmac(sha256, deriveKey(sha256, identity, use));
}

/** Behind the domain. */
function sessionLayout(identity: Identity, session: SessionNumbers): string {
  const numbers = new Uint8Array(8);
  putUint(numbers, 0, 4, session.boot);
  putUint(numbers, 4, 4, session.conn);
  return toBinary(identity.handle) + toBinary(numbers) + toBinary(fromHex(session.nonce));
}

/** Under the session's downward key. */
export function sessionDownHmac(sha256: Sha256, identity: Identity, session: SessionNumbers): Hmac {
  const down = deriveHmac(sha256, identity, { label: KEY_LABEL_DOWN, gen: identity.gen });
  return createHmac(sha256, down(DOMAIN_SESSION_DOWN, sessionLayout(identity, session)));
}

export function createDeviceCrypto(sha256: Sha256, identity: Identity): DeviceCrypto {
  const derive = (label: string, gen: number) => deriveHmac(sha256, identity, { label: label, gen: gen });
  const connect = derive(KEY_LABEL_CONNECT, identity.gen);
  let signGen = identity.gen;
  let sign = derive(KEY_LABEL_SIGN, signGen);

  return {
    sign(record) {
      if (record.gen !== signGen) {
        signGen = record.gen;
        sign = derive(KEY_LABEL_SIGN, signGen);
      }
      return toHex(sign('', toBinary(evaluationLayout(identity, record))));
    },
    password(session) {
      const proof = toHex(connect(DOMAIN_CONNECT, sessionLayout(identity, session)));
      return `1.${identity.gen}.${session.boot}.${session.conn}.${session.nonce}.${proof}`;
    },
    brokerPassword: () => toHex(deriveKey(sha256, identity, { label: KEY_LABEL_BROKER, gen: identity.gen })),
    envelopes(session) {
      const up = createHmac(sha256, connect(DOMAIN_SESSION_UP, sessionLayout(identity, session)));
      return {
        up: createEnvelopes(up),
        down: createEnvelopes(sessionDownHmac(sha256, identity, session)),
      };
    },
    unpredictable: (boot, counter) => connect(DOMAIN_RANDOM, `${boot}.${counter}`),
  };
}
