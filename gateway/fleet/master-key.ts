// The master key: 32 bytes in a file outside the data folder and its backups. Device keys are sealed with one
// key derived from it, the keys of persons with another, the chain over facts and its anchors are keyed with more.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

export interface MasterKeys {
  seal: Buffer;
  chain: Buffer;
  /** Of the lines by which the head of the chain is anchored elsewhere. */
  anchor: Buffer;
  /** Seals the keys of persons, which lie outside the data folder. */
  personSeal: Buffer;
  /** Recognises a person by their document. */
  personTag: Buffer;
  /** Of the passwords that lock evaluators' prompts. */
  promptLock: Buffer;
}

export class MasterKeyError extends Error {}

const KEY_PATTERN = /^[0-9a-f]{64}$/;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Makes the file, readable by its owner only. Throws if there is one: a second key would lose every device. */
export function createMasterKeyFile(file: string): void {
  writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
}

export function loadMasterKeys(file: string): MasterKeys {
  let text: string;
  try {
    text = readFileSync(file, 'latin1').trim();
  } catch (error) {
    throw new MasterKeyError(
      `Cannot read the master key ${file}: ${(error as Error).message}. Make one with \`pingjia init\`, or bring back the one that belongs to this data folder.`,
    );
  }
  if (!KEY_PATTERN.test(text))
    throw new MasterKeyError(
      `The master key ${file} is not 64 hexadecimal digits. Bring back the file that belongs to this data folder.`,
    );
  const derive = (label: string) =>
    Buffer.from(hkdfSync('sha256', Buffer.from(text, 'hex'), 'pingjia/master', label, 32));
  return {
    seal: derive('device-keys'),
    chain: derive('fact-chain'),
    anchor: derive('chain-anchor'),
    personSeal: derive('person-keys'),
    personTag: derive('person-tags'),
    promptLock: derive('prompt-lock'),
  };
}

/** AES-256-GCM, bound to whom it belongs: iv, ciphertext, tag. */
export function seal(key: Uint8Array, secret: Uint8Array, owner: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(owner));
  return Buffer.concat([iv, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
}

/** Throws when the key is another or the bytes were changed. */
export function unseal(key: Uint8Array, sealed: Buffer, owner: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES)).setAAD(
    Buffer.from(owner),
  );
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  return Buffer.concat([
    decipher.update(sealed.subarray(IV_BYTES, sealed.length - TAG_BYTES)),
    decipher.final(),
  ]);
}
