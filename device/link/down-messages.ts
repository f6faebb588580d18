// Reads the body of a downward message whose MAC was right: fields are checked before anything uses them.
// Undefined for whatever is not a message of the contract. Fields it does not know are passed over.
import {
  DOWN_PAYLOAD_LIMIT_BYTES,
  type DownKind,
  HANDLE_BYTES,
  IMAGE_HEIGHT_LIMIT_PX,
  IMAGE_WIDTH_LIMIT_PX,
  INVITATION_MAX_SECONDS,
  INVITATION_MIN_SECONDS,
  PHOTO_HEIGHT_LIMIT_PX,
  PHOTO_WIDTH_LIMIT_PX,
  SEQUENCE_MAX,
  TIME_MAX_MS,
} from '../../protocol/constants.ts';
import type { DeskState, Image, ShownCard } from '../contracts.ts';
import { isHex } from '../crypto/hex.ts';

export type DownMessage =
  | { type: 'card'; card: ShownCard }
  | { type: 'desk'; desk: DeskState }
  | { type: 'cancel'; invitation: string }
  | { type: 'resend'; from: number }
  | { type: 'reboot' }
  | { type: 'ack'; upTo: number }
  | { type: 'time'; echo: number; wall: number }
  /** About reasons, firmware, key or Storage: read by the part that carries it out, so that its checks are not resident. */
  | { type: 'order'; fields: Fields };

export type Fields = Record<string, unknown>;

/** Base64 to a binary string; may throw where it is none. */
export type Decode = (base64: string) => string;

/** The fields and their counter; undefined when the body is no object with a counter. */
export function readBody(body: string): { n: number; fields: Fields } | undefined {
  try {
    const fields = JSON.parse(body);
    if (!fields || typeof fields !== 'object' || !isInteger(fields.n, 0, SEQUENCE_MAX)) return undefined;
    return { n: fields.n, fields: fields };
  } catch {
    return undefined;
  }
}

export function readMessage(kind: DownKind, fields: Fields, decode: Decode): DownMessage | undefined {
  switch (kind) {
    case 'card':
      return readCard(fields, decode);
    case 'control':
      return readControl(fields, decode);
    case 'ack':
      if (!isInteger(fields.upTo, 0, SEQUENCE_MAX)) return undefined;
      return { type: 'ack', upTo: fields.upTo };
    case 'time':
      if (!isInteger(fields.echo, 0, TIME_MAX_MS) || !isInteger(fields.wall, 1, TIME_MAX_MS))
        return undefined;
      return { type: 'time', echo: fields.echo, wall: fields.wall };
    case 'update':
      return fields.do === 'offer' || fields.do === 'chunk' ? { type: 'order', fields: fields } : undefined;
  }
}

function readCard(fields: Fields, decode: Decode): DownMessage | undefined {
  if (!isHandle(fields.invitation) || !isHandle(fields.staff)) return undefined;
  if (!isInteger(fields.term, INVITATION_MIN_SECONDS, INVITATION_MAX_SECONDS)) return undefined;
  const matter = readImage(fields.matter, decode);
  const who = readImage(fields.who, decode);
  if (!matter || !who) return undefined;
  return {
    type: 'card',
    card: {
      invitation: fields.invitation,
      staff: fields.staff,
      termSeconds: fields.term,
      matter,
      who,
    },
  };
}

function readControl(fields: Fields, decode: Decode): DownMessage | undefined {
  switch (fields.do) {
    case 'desk':
      return readDesk(fields, decode);
    case 'cancel':
      return isHandle(fields.invitation) ? { type: 'cancel', invitation: fields.invitation } : undefined;
    case 'resend':
      return isInteger(fields.from, 1, SEQUENCE_MAX) ? { type: 'resend', from: fields.from } : undefined;
    case 'reboot':
      return { type: 'reboot' };
    case 'reasons':
    case 'rekey':
    case 'compact':
      return { type: 'order', fields: fields };
    default:
      return undefined;
  }
}

function readDesk(fields: Fields, decode: Decode): DownMessage | undefined {
  const place = readImage(fields.place, decode);
  const who = fields.who === null ? undefined : readImage(fields.who, decode);
  const hasPhoto = fields.photo !== null && fields.photo !== undefined;
  const photo = hasPhoto ? readImage(fields.photo, decode) : undefined;
  if (!isHandle(fields.staff) || !place || (fields.who !== null && !who)) return undefined;
  if (hasPhoto && (!photo || photo.w > PHOTO_WIDTH_LIMIT_PX || photo.h > PHOTO_HEIGHT_LIMIT_PX))
    return undefined;
  if (typeof fields.paused !== 'boolean' || typeof fields.unlinked !== 'boolean') return undefined;
  return {
    type: 'desk',
    desk: {
      staff: fields.staff,
      paused: fields.paused,
      unlinked: fields.unlinked,
      place,
      who,
      photo,
    },
  };
}

function isHandle(value: unknown): value is string {
  return isHex(value, 2 * HANDLE_BYTES);
}

export function isInteger(value: unknown, minimum: number, maximum: number): value is number {
  return typeof value === 'number' && value >= minimum && value <= maximum && value === Math.floor(value);
}

export function readImage(value: unknown, decode: Decode): Image | undefined {
  if (!value || typeof value !== 'object') return undefined;
  const image = value as Image;
  if (!isInteger(image.w, 8, IMAGE_WIDTH_LIMIT_PX) || image.w % 8 !== 0) return undefined;
  if (!isInteger(image.h, 1, IMAGE_HEIGHT_LIMIT_PX)) return undefined;
  if (typeof image.d !== 'string' || image.d.length > DOWN_PAYLOAD_LIMIT_BYTES) return undefined;
  try {
    return { w: image.w, h: image.h, d: decode(image.d) };
  } catch {
    return undefined;
  }
}
