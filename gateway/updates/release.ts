// A release: one file with a firmware image for each board and an Ed25519 signature over their hashes. Made by
// `pingjia release sign`; the gateway takes none whose signature does not match the public key it is configured with.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  UPDATE_IMAGE_LIMIT_BYTES,
  UPDATE_MANIFEST_LIMIT_BYTES,
  VERSION_PATTERN,
} from '../../protocol/constants.ts';

const FORMAT = 'pingjia-release/1';
const BOARDS_LIMIT = 32;
/** Begins the DER of an Ed25519 public key (RFC 8410); the 32 bytes of the key follow. */
const PUBLIC_KEY_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const ReleaseFile = Type.Object(
  {
    format: Type.Literal(FORMAT),
    version: Type.String({ pattern: VERSION_PATTERN }),
    images: Type.Array(
      Type.Object(
        {
          board: Type.String({ pattern: '^[a-z0-9-]{1,32}$' }),
          data: Type.String({ maxLength: 2 * UPDATE_IMAGE_LIMIT_BYTES, pattern: '^[A-Za-z0-9+/=]*$' }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: BOARDS_LIMIT },
    ),
    signature: Type.String({ pattern: '^[0-9a-f]{128}$' }),
  },
  { additionalProperties: false },
);
const ReleaseCheck = Compile(ReleaseFile);

export interface ReleaseImage {
  board: string;
  /** Manifest line and files, as a device is sent them. */
  data: Buffer;
  /** SHA-256 of the manifest line, 64 hexadecimal digits: what an offer names. */
  manifestSha256: string;
}

export interface Release {
  version: string;
  images: ReleaseImage[];
}

export type ReleaseResult =
  | { ok: true; release: Release }
  | { ok: false; code: 'release.malformed' | 'release.signature' };

/** A pair for signing releases: the private key as PEM, the public one as 64 hexadecimal digits for configurations. */
export function makeReleaseKeys(): { privateKeyPem: string; publicKey: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  return { privateKeyPem, publicKey: publicKeyOf(privateKeyPem) };
}

/** Throws when the text is no Ed25519 private key. */
export function publicKeyOf(privateKeyPem: string): string {
  const key = createPrivateKey(privateKeyPem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 key');
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' }) as Buffer;
  return der.subarray(PUBLIC_KEY_PREFIX.length).toString('hex');
}

export function signRelease(
  { version, images }: { version: string; images: { board: string; data: Uint8Array }[] },
  privateKeyPem: string,
): string {
  const file = { version, images: images.map(({ board, data }) => ({ board, data: Buffer.from(data) })) };
  const signature = sign(null, signedBytes(file), createPrivateKey(privateKeyPem)).toString('hex');
  const encoded = file.images.map(({ board, data }) => ({ board, data: data.toString('base64') }));
  return `${JSON.stringify({ format: FORMAT, version, images: encoded, signature })}\n`;
}

/** Nothing of a release is used before its signature was verified with `publicKey`. */
export function readRelease(text: string, publicKey: string): ReleaseResult {
  const file = parse(text);
  if (!file) return { ok: false, code: 'release.malformed' };
  const images = file.images.map(({ board, data }) => ({ board, data: Buffer.from(data, 'base64') }));
  const key = createPublicKey({
    key: Buffer.concat([PUBLIC_KEY_PREFIX, Buffer.from(publicKey, 'hex')]),
    type: 'spki',
    format: 'der',
  });
  const signed = signedBytes({ version: file.version, images });
  if (!verify(null, signed, key, Buffer.from(file.signature, 'hex')))
    return { ok: false, code: 'release.signature' };
  const read = images.map((image) => describeImage(image, file.version));
  if (read.some((image) => image === undefined)) return { ok: false, code: 'release.malformed' };
  return { ok: true, release: { version: file.version, images: read as ReleaseImage[] } };
}

function parse(text: string) {
  try {
    const value: unknown = JSON.parse(text);
    return ReleaseCheck.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** One line each: format, version, and for each image board, length and SHA-256. No line can be taken for another. */
function signedBytes({
  version,
  images,
}: {
  version: string;
  images: { board: string; data: Buffer }[];
}): Buffer {
  const lines = images.map(({ board, data }) => `${board} ${data.length} ${sha256(data)}`);
  return Buffer.from([FORMAT, version, ...lines, ''].join('\n'));
}

/** Undefined when what the image says of itself is not what the release says. */
function describeImage({ board, data }: { board: string; data: Buffer }, version: string) {
  const lineBytes = data.indexOf('\n') + 1;
  if (lineBytes < 1 || lineBytes > UPDATE_MANIFEST_LIMIT_BYTES || data.length > UPDATE_IMAGE_LIMIT_BYTES)
    return undefined;
  const line = data.subarray(0, lineBytes);
  try {
    const manifest = JSON.parse(line.toString('latin1')) as { version: unknown; board: unknown };
    if (manifest.version !== version || manifest.board !== board) return undefined;
  } catch {
    return undefined;
  }
  return { board, data, manifestSha256: sha256(line) };
}

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
