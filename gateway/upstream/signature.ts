// Signatures of the national envelope, one function for each method that provinces use.
import { createHmac } from 'node:crypto';
import { sm2, sm3 } from 'sm-crypto-v2';
import type { Profile } from './profile.ts';

export interface SignatureParts {
  time: string;
  appMark: string;
  appWord: string;
}

/** `signKey`: 64 hexadecimal digits, for SM2 only. */
export function signatureOf(
  parts: SignatureParts,
  { signature, signKey }: { signature: Profile['signature']; signKey: string | undefined },
): string {
  const text = signature.over.map((part) => parts[part]).join('');
  const hex = hexOf(text, { appWord: parts.appWord, signKey, signature });
  return signature.encoding === 'base64' ? Buffer.from(hex, 'hex').toString('base64') : hex;
}

interface Keys {
  appWord: string;
  signKey: string | undefined;
  signature: Profile['signature'];
}

function hexOf(text: string, { appWord, signKey, signature }: Keys): string {
  switch (signature.method) {
    case 'sm3':
      return sm3(text);
    case 'hmac-sm3':
      return sm3(text, { key: Buffer.from(appWord, 'utf8') });
    case 'hmac-sha256':
      return createHmac('sha256', appWord).update(text).digest('hex');
    case 'sm2': {
      if (signKey === undefined) throw new Error('a profile that signs with SM2 without its key');
      const publicKey = sm2.getPublicKeyFromPrivateKey(signKey);
      return sm2.doSignature(text, signKey, { hash: true, publicKey, userId: signature.userId });
    }
  }
}

export const SIGN_KEY_PATTERN = /^[0-9a-fA-F]{64}$/;
