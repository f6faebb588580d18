// The UDP probe and its answer as the device writes and reads them; see protocol/README.md.
import { NONCE_BYTES, PROBE_BYTES } from '../../protocol/constants.ts';
import { isHex } from '../crypto/hex.ts';

export function encodeProbe(hall: string, device: string, token: string): string {
  return `pingjia 1 probe ${hall} ${device} ${token}`.padEnd(PROBE_BYTES, ' ');
}

/** The nonce of an answer to `token`, undefined for anything else. */
export function readAnswer(datagram: string, token: string): string | undefined {
  const start = `pingjia 1 answer ${token} `;
  const nonce = datagram.slice(start.length);
  return datagram.startsWith(start) && isHex(nonce, 2 * NONCE_BYTES) ? nonce : undefined;
}
