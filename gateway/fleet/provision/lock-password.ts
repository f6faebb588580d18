// The password that locks an evaluator's prompt: from the master key, so that nothing has to be kept, and another
// for each evaluator, so that one read from a stolen board opens no other. Espruino takes at most 20 characters.
import { createHmac } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const PASSWORD_CHARACTERS = 20;

export function lockPassword(lockKey: Uint8Array, device: { hall: string; id: string }): string {
  const bytes = createHmac('sha256', lockKey).update(`${device.hall}.${device.id}`).digest();
  return Array.from(bytes.subarray(0, PASSWORD_CHARACTERS), (byte) => ALPHABET[byte % 32]).join('');
}
