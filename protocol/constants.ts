// The numbers and words of the wire contract, without any dependency: the firmware imports this file and
// types, nothing else of protocol/. Every limit names its unit; README.md explains each.

export const PROTOCOL_VERSION = 1;
export const TOPIC_ROOT = 'pingjia/1';

/** Hall, device and window ids. */
export const ID_PATTERN = '^[a-z0-9-]{1,32}$';
/** 64-bit handles and 128-bit nonces travel as lower-case hexadecimal. */
export const HANDLE_PATTERN = '^[0-9a-f]{16}$';
export const NONCE_PATTERN = '^[0-9a-f]{32}$';
export const SIGNATURE_PATTERN = '^[0-9a-f]{64}$';
/** The handle that means "none": no invitation (an unlinked press), or nobody signed in. */
export const NO_HANDLE = '0000000000000000';

/** First bytes of everything that is authenticated: no signature of one purpose is valid for another. */
export const DOMAIN_EVALUATION = 'pj1-eval';
export const DOMAIN_CONNECT = 'pj1-conn';
export const DOMAIN_SESSION_UP = 'pj1-s-up';
export const DOMAIN_SESSION_DOWN = 'pj1-s-dn';
export const DOMAIN_UPDATE = 'pj1-updt';
export const DOMAIN_REKEY = 'pj1-rekey';

/** Salt and labels of the keys derived from a device's key (HKDF-SHA256, RFC 5869). */
export const KEY_SALT = 'pingjia/1';
export const KEY_LABEL_CONNECT = 'connect';
export const KEY_LABEL_SIGN = 'sign';
export const KEY_LABEL_DOWN = 'down';
export const KEY_LABEL_BROKER = 'broker';
export const KEY_LABEL_UPDATE = 'update';

export const DEVICE_KEY_BYTES = 32;
export const HANDLE_BYTES = 8;
export const NONCE_BYTES = 16;
export const MAC_BYTES = 16;

/** Length of the signed layout of an evaluation; offsets are in README.md. */
export const EVALUATION_LAYOUT_BYTES = 66;
export const RECORD_PRESS = 1;
export const RECORD_REASONS = 2;
/** Reasons of one record. */
export const REASONS_LIMIT = 4;
/** Reasons offered on the page after a press, one for each key. */
export const REASON_OPTIONS_LIMIT = 5;
/** The page of reasons stays at least this long, and ends this long after the last key. */
export const REASONS_MIN_SECONDS = 20;
export const REASONS_SETTLE_MS = 3000;

/** Bits of an evaluation's `flags`. */
export const FLAG_UNLINKED = 1;
export const FLAG_CHANGED = 2;
export const FLAG_CLOCK_SET = 4;
export const FLAG_OFFLINE = 8;

/** Length of the layout that the MAC of an offered update is made over. */
export const UPDATE_LAYOUT_BYTES = 117;
/** Version and board in that layout, filled up with zeros. */
export const UPDATE_TEXT_BYTES = 32;
/** Of an image, in one message. Base64 of it and its envelope fit easily into the limit of a downward payload. */
export const UPDATE_CHUNK_BYTES = 1024;
/** Of a whole image: two of them and what else a board keeps must fit into its Storage. */
export const UPDATE_IMAGE_LIMIT_BYTES = 131_072;
/** The first chunk holds the whole manifest. */
export const UPDATE_MANIFEST_LIMIT_BYTES = 1024;
/** Three numbers; the first that differs decides which is newer. */
export const VERSION_PATTERN = '^[0-9]{1,5}\\.[0-9]{1,5}\\.[0-9]{1,5}$';

export const SEQUENCE_MAX = 0xffffffff;
export const TIME_MAX_MS = 0xffffffffffff;

/** A probe is padded with spaces to this length, so that no answer is longer than what asked for it. */
export const PROBE_BYTES = 128;
export const PROBE_ANSWER_LIMIT_MS = 1000;
export const NONCE_VALID_MS = 30_000;

export const UP_PAYLOAD_LIMIT_BYTES = 1024;
export const DOWN_PAYLOAD_LIMIT_BYTES = 8192;
export const KEEP_ALIVE_SECONDS = 30;
/** A record without `ack` is sent again after this time, doubling up to the limit. */
export const RESEND_AFTER_MS = 30_000;
export const RESEND_LIMIT_MS = 480_000;
/** Evaluations sent and not yet acknowledged, at most. */
export const IN_FLIGHT_LIMIT_RECORDS = 16;
export const MISSING_LIMIT_RANGES = 8;

/** Codes of faults that a screen shows, device/README.md lists them. */
export const FAULT_NUMBER_MAX = 99;
/** Beyond it, it is not the device's clock that drifts: the gateway's was set. */
export const DRIFT_LIMIT_PPM = 2000;

/** Another key within this time replaces the first. */
export const CHANGE_WINDOW_MS = 3000;
/** No invitation ends sooner after it appeared. */
export const INVITATION_MIN_SECONDS = 20;
export const INVITATION_DEFAULT_SECONDS = 600;
export const INVITATION_MAX_SECONDS = 86_400;

/** Width in pixels of every image is a multiple of 8, so that rows end on a byte. */
export const IMAGE_WIDTH_LIMIT_PX = 320;
export const IMAGE_HEIGHT_LIMIT_PX = 240;
/** Of the staff member, on the idle screen. */
export const PHOTO_WIDTH_LIMIT_PX = 80;
export const PHOTO_HEIGHT_LIMIT_PX = 96;
export const HEATSHRINK_WINDOW_BITS = 8;
export const HEATSHRINK_LOOKAHEAD_BITS = 6;

export const LEVELS = [5, 4, 3, 2, 1] as const;
export type Level = 1 | 2 | 3 | 4 | 5;

export const UP_KINDS = ['hello', 'evaluation', 'health', 'progress', 'will'] as const;
export const DOWN_KINDS = ['card', 'control', 'ack', 'time', 'update'] as const;
export type UpKind = (typeof UP_KINDS)[number];
export type DownKind = (typeof DOWN_KINDS)[number];
