// Reads what the gateway sends about an image: offers with their MAC, chunks, and the manifest at its beginning.
// Outside input: what is not as the contract says is undefined.
import {
  DOMAIN_UPDATE,
  KEY_LABEL_UPDATE,
  UPDATE_CHUNK_BYTES,
  UPDATE_IMAGE_LIMIT_BYTES,
  UPDATE_MANIFEST_LIMIT_BYTES,
  UPDATE_TEXT_BYTES,
} from '../../protocol/constants.ts';
import { MANIFEST, type Manifest } from '../boot/slot-files.ts';
import type { Identity } from '../contracts.ts';
import { deriveHmac } from '../crypto/device-crypto.ts';
import { fromHex, isHex, toBinary, toHex } from '../crypto/hex.ts';
import type { Sha256 } from '../crypto/hmac.ts';
import { putUint } from '../flash/bytes.ts';
import { type Fields, isInteger } from '../link/down-messages.ts';

export interface Offer {
  version: string;
  board: string;
  bytes: number;
  sha256: string;
  forced: boolean;
  mac: string;
}

const FILES_LIMIT = 16;

export function readOffer(fields: Fields): Offer | undefined {
  const offer = fields as unknown as Offer;
  const sound =
    isVersion(offer.version) &&
    typeof offer.board === 'string' &&
    offer.board.length <= UPDATE_TEXT_BYTES &&
    isInteger(offer.bytes, 1, UPDATE_IMAGE_LIMIT_BYTES) &&
    isHex(offer.sha256, 64) &&
    typeof offer.forced === 'boolean' &&
    isHex(offer.mac, 64);
  return sound ? offer : undefined;
}

export function offerMac(sha256: Sha256, identity: Identity, offer: Offer): string {
  const bytes = new Uint8Array(4);
  putUint(bytes, 0, 4, offer.bytes);
  const layout =
    toBinary(identity.handle) +
    offer.version.padEnd(UPDATE_TEXT_BYTES, '\x00') +
    offer.board.padEnd(UPDATE_TEXT_BYTES, '\x00') +
    toBinary(bytes) +
    toBinary(fromHex(offer.sha256)) +
    (offer.forced ? '\x01' : '\x00');
  return toHex(
    deriveHmac(sha256, identity, { label: KEY_LABEL_UPDATE, gen: identity.gen })(DOMAIN_UPDATE, layout),
  );
}

export function readChunk(fields: Fields): { offset: number; base64: string } | undefined {
  const data = fields.data;
  const sound =
    isInteger(fields.offset, 0, UPDATE_IMAGE_LIMIT_BYTES) &&
    typeof data === 'string' &&
    data.length >= 4 &&
    data.length <= Math.ceil(UPDATE_CHUNK_BYTES / 3) * 4;
  return sound ? { offset: fields.offset as number, base64: data } : undefined;
}

/** The line that an image begins with, its line feed included; undefined when there is none within the limit. */
export function manifestLine(start: string): string | undefined {
  const end = start.indexOf('\n');
  return end < 0 || end >= UPDATE_MANIFEST_LIMIT_BYTES ? undefined : start.slice(0, end + 1);
}

/** The manifest of this offer and no other. */
export function readManifest(line: string | undefined, sha256: Sha256, offer: Offer): Manifest | undefined {
  try {
    if (!line || toHex(sha256(line)) !== offer.sha256) return undefined;
    const manifest = JSON.parse(line) as Manifest;
    const files = manifest.files;
    const bytes = files.reduce((sum, file) => sum + file[1], line.length);
    const fits =
      manifest.version === offer.version &&
      manifest.board === offer.board &&
      bytes === offer.bytes &&
      files.length >= 1 &&
      files.length <= FILES_LIMIT &&
      files.every((file) => isFileName(file[0]) && isInteger(file[1], 1, offer.bytes) && isHex(file[2], 64));
    return fits ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** No name that would lie outside the slot, or be its manifest. */
function isFileName(name: unknown): boolean {
  return typeof name === 'string' && name.length <= 16 && /^[a-z.]+$/.test(name) && name !== MANIFEST;
}

function isVersion(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 17 && /^[0-9]+\.[0-9]+\.[0-9]+$/.test(value);
}
