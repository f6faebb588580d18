// Stable codes for everything the gateway refuses on the wire. Each is logged, counted under its code, and
// answered as `answer` says. README.md prints this table; a test compares the two.

export type WireAnswer = 'close' | 'quarantine' | 'drop';

export interface WireError {
  code: string;
  meaning: string;
  remedy: string;
  /** close: the connection ends. quarantine: kept raw and acknowledged, never an evaluation. drop: only counted. */
  answer: WireAnswer;
}

export const WIRE_ERRORS = [
  {
    code: 'connect.malformed',
    answer: 'close',
    meaning: 'Client id, user name or password is not of the form the protocol gives them.',
    remedy: 'Check that the client is an evaluator of this protocol version.',
  },
  {
    code: 'connect.unknown-device',
    answer: 'close',
    meaning: 'No device of this hall has that id.',
    remedy: 'Register the device, or correct its hall and id.',
  },
  {
    code: 'connect.revoked',
    answer: 'close',
    meaning: 'The device or this generation of its key was revoked.',
    remedy: 'Provision the device anew.',
  },
  {
    code: 'connect.nonce',
    answer: 'close',
    meaning: 'The nonce is not one this gateway gave within the last 30 seconds, or was used before.',
    remedy: 'Probe again and connect with the new nonce.',
  },
  {
    code: 'connect.wrong-proof',
    answer: 'close',
    meaning: 'The proof does not match the device key.',
    remedy: 'Provision the device anew; if nobody touched it, look for an impostor.',
  },
  {
    code: 'connect.replayed',
    answer: 'close',
    meaning: 'Boot and connection number are not greater than the last ones accepted.',
    remedy:
      'Look for a second device with the same identity; if its flash was erased, replace it under a new id.',
  },
  {
    code: 'topic.not-own',
    answer: 'close',
    meaning: 'The topic is not one this device may publish to or subscribe to.',
    remedy: 'Use pingjia/1/{hall}/{device}/… of the connected device.',
  },
  {
    code: 'payload.too-large',
    answer: 'close',
    meaning: 'The payload is longer than the limit of its direction.',
    remedy: 'Keep to the limits of the protocol.',
  },
  {
    code: 'payload.not-json',
    answer: 'drop',
    meaning: 'The payload is not a JSON object.',
    remedy: 'Send ASCII JSON, behind a MAC where the message has an envelope.',
  },
  {
    code: 'payload.schema',
    answer: 'drop',
    meaning: 'A field is missing, unknown, of the wrong type or out of range.',
    remedy: 'Compare the message with its JSON Schema.',
  },
  {
    code: 'payload.mac',
    answer: 'drop',
    meaning: 'The MAC of the envelope is wrong for this session.',
    remedy: 'Derive the session key from boot, connection and nonce of this connection.',
  },
  {
    code: 'payload.counter',
    answer: 'drop',
    meaning: 'The counter is not greater than the last one of this session.',
    remedy: 'Count every message of a session upwards.',
  },
  {
    code: 'evaluation.signature',
    answer: 'quarantine',
    meaning: 'The signature of the record does not match its bytes.',
    remedy: 'Compare with the vectors; if the device is ours, look at its flash errors.',
  },
  {
    code: 'evaluation.different',
    answer: 'quarantine',
    meaning: 'Another record with this sequence is stored already.',
    remedy: 'The device lost its journal or was copied: give it a new identity.',
  },
] as const satisfies readonly WireError[];

export type WireErrorCode = (typeof WIRE_ERRORS)[number]['code'];
