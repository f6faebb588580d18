// The UDP probe before each connect and its answer, ASCII text. The probe shows within a second whether the
// gateway is there, because connecting blocks the interpreter; the answer brings the nonce of the connect proof.
import { ID_PATTERN, NONCE_PATTERN, PROBE_BYTES } from './constants.ts';
import type { DeviceAddress } from './topics.ts';

export interface Probe extends DeviceAddress {
  /** 16 hexadecimal digits that tie the answer to the probe. */
  token: string;
}

export interface ProbeAnswer {
  token: string;
  /** 32 hexadecimal digits, valid 30 s, for one connect. */
  nonce: string;
}

const id = ID_PATTERN.slice(1, -1);
const probePattern = new RegExp(`^pingjia 1 probe (${id}) (${id}) ([0-9a-f]{16}) *$`);
const answerPattern = new RegExp(`^pingjia 1 answer ([0-9a-f]{16}) (${NONCE_PATTERN.slice(1, -1)})$`);

export function encodeProbe(probe: Probe): string {
  return `pingjia 1 probe ${probe.hall} ${probe.device} ${probe.token}`.padEnd(PROBE_BYTES, ' ');
}

/** Undefined for anything else than a probe of exactly 128 bytes. */
export function parseProbe(datagram: Uint8Array): Probe | undefined {
  if (datagram.length !== PROBE_BYTES) return undefined;
  const match = probePattern.exec(Buffer.from(datagram).toString('latin1'));
  return match ? { hall: match[1]!, device: match[2]!, token: match[3]! } : undefined;
}

export function encodeProbeAnswer(answer: ProbeAnswer): string {
  return `pingjia 1 answer ${answer.token} ${answer.nonce}`;
}

export function parseProbeAnswer(datagram: Uint8Array): ProbeAnswer | undefined {
  const match = answerPattern.exec(Buffer.from(datagram).toString('latin1'));
  return match ? { token: match[1]!, nonce: match[2]! } : undefined;
}
