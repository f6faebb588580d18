// Every message on the wire, described once with TypeBox: field, type, unit, limit. The gateway validates with
// these at its edge; the firmware imports the types only; JSON Schemas and AsyncAPI are generated from them.
import { type Static, type TSchema, Type } from 'typebox';
import {
  DOWN_PAYLOAD_LIMIT_BYTES,
  DRIFT_LIMIT_PPM,
  FAULT_NUMBER_MAX,
  HANDLE_PATTERN,
  IMAGE_HEIGHT_LIMIT_PX,
  IMAGE_WIDTH_LIMIT_PX,
  INVITATION_MAX_SECONDS,
  INVITATION_MIN_SECONDS,
  MISSING_LIMIT_RANGES,
  NONCE_PATTERN,
  PROTOCOL_VERSION,
  REASON_OPTIONS_LIMIT,
  REASONS_LIMIT,
  RECORD_PRESS,
  RECORD_REASONS,
  SEQUENCE_MAX,
  SIGNATURE_PATTERN,
  TIME_MAX_MS,
  UPDATE_CHUNK_BYTES,
  UPDATE_IMAGE_LIMIT_BYTES,
  VERSION_PATTERN,
} from './constants.ts';
import { UPDATE_CODES, UPDATE_STATES } from './updates.ts';

const closed = { additionalProperties: false } as const;
const u32 = (description: string, minimum = 0) =>
  Type.Integer({ minimum, maximum: SEQUENCE_MAX, description });
const u48 = (description: string) => Type.Integer({ minimum: 0, maximum: TIME_MAX_MS, description });
const handle = (description: string) => Type.String({ pattern: HANDLE_PATTERN, description });
const text = (description: string, maxLength: number) =>
  Type.String({ maxLength, pattern: '^[ -~]*$', description });
const counter = u32(
  'Counter of this direction in this session; each message has a greater one than the last',
  0,
);
const boot = u32('Boot number, kept in flash, 1 at the first boot', 1);
const connection = u32('Connection number of this boot, 1 at the first', 1);
const sequence = (description: string) => u32(description, 0);
const generation = Type.Integer({ minimum: 1, maximum: 255, description: 'Generation of the device key' });

export const Evaluation = Type.Object(
  {
    kind: Type.Union([Type.Literal(RECORD_PRESS), Type.Literal(RECORD_REASONS)], {
      description: '1: a press. 2: the reasons chosen after the press with the sequence before this one',
    }),
    seq: u32('Sequence in the device journal, from 1, never used twice', 1),
    boot,
    uptime: u48('Milliseconds from boot to the last key'),
    wall: u48('Milliseconds since 1970-01-01 UTC at the last key, 0 if the device had no time'),
    level: Type.Integer({
      minimum: 1,
      maximum: 5,
      description: '5 非常满意, 4 满意, 3 基本满意, 2 不满意, 1 非常不满意',
    }),
    reasons: Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 }), {
      maxItems: REASONS_LIMIT,
      description: 'National reason codes; empty for a press',
    }),
    invitation: handle('The invitation on the screen; zeros for an unlinked press'),
    staff: handle('The staff member on the screen; zeros if nobody had signed in'),
    flags: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      description:
        'Bits: 1 unlinked, 2 the key was changed, 4 the clock had been set since boot, 8 pressed while offline',
    }),
    gen: generation,
    sig: Type.String({
      pattern: SIGNATURE_PATTERN,
      description: 'HMAC-SHA256 of the byte layout under the signing key',
    }),
  },
  {
    ...closed,
    $id: 'evaluation',
    description: 'A record of the journal. Signed by itself, without envelope',
  },
);

export const Hello = Type.Object(
  {
    n: counter,
    proto: Type.Literal(PROTOCOL_VERSION),
    boot,
    conn: connection,
    nonce: Type.String({ pattern: NONCE_PATTERN, description: 'The nonce of the connect proof' }),
    gen: generation,
    fw: text('Firmware version', 32),
    board: text('Board profile', 32),
    interp: text('Interpreter version', 32),
    uptime: u48('Milliseconds since boot; echoed in `time`'),
    acked: sequence('Highest acknowledged sequence, 0 if none'),
    oldest: sequence('Oldest sequence still kept, acknowledged or not; equals `next` if none is kept'),
    next: u32('Sequence of the next record', 1),
    missing: Type.Array(Type.Tuple([u32('First', 1), u32('Last', 1)]), {
      maxItems: MISSING_LIMIT_RANGES,
      description:
        'Ranges between oldest and next that flash damage took; the gateway lists them and goes past',
    }),
    clean: Type.Boolean({ description: 'The last run ended by an ordered restart' }),
    slot: Type.Union([Type.Literal('a'), Type.Literal('b')], { description: 'Firmware slot that runs' }),
    update: Type.Union([Type.Literal('none'), Type.Literal('trial'), Type.Literal('returned')], {
      description:
        'trial: this version is not confirmed yet. returned: the last update was given up, the version before it runs',
    }),
  },
  {
    ...closed,
    $id: 'hello',
    description: 'First message of a session; its envelope is the proof behind an external broker',
  },
);

export const Health = Type.Object(
  {
    n: counter,
    uptime: u48('Milliseconds since boot; echoed in `time`'),
    mem: Type.Object(
      { used: u32('Interpreter blocks in use'), total: u32('Interpreter blocks in all') },
      closed,
    ),
    journal: Type.Object(
      { unsent: u32('Records without `ack`'), capacity: u32('Records that fit without an `ack`') },
      closed,
    ),
    rssi: Type.Integer({ minimum: -128, maximum: 0, description: 'Wi-Fi signal in dBm, 0 on a wire' }),
    stuck: Type.Array(Type.Integer({ minimum: 1, maximum: 5 }), {
      maxItems: 5,
      description: 'Keys reported stuck, by level',
    }),
    bouncing: Type.Array(Type.Integer({ minimum: 1, maximum: 5 }), {
      maxItems: 5,
      description: 'Keys whose contact bounced beyond what a sound one does, since boot, by level',
    }),
    resets: u32('Boots after a run that no ordered restart ended: power cuts, watchdog, crashes'),
    fault: Type.Integer({
      minimum: 0,
      maximum: FAULT_NUMBER_MAX,
      description: 'Number of the fault that keeps it from taking presses, 0 if none does',
    }),
    drift: Type.Union([Type.Integer({ minimum: -DRIFT_LIMIT_PPM, maximum: DRIFT_LIMIT_PPM }), Type.Null()], {
      description:
        'How much faster than the gateway’s its clock runs, in millionths (1 is 86 ms a day); null until measured over two hours',
    }),
    flashErrors: u32('Writes and erases that did not read back, since provisioning'),
    screen: text('Name of the state on the screen', 16),
    previousGen: Type.Integer({
      minimum: 0,
      maximum: 255,
      description:
        'Generation of the key before the present one while unacknowledged records bear it: no rekey is taken until then. 0 if none does',
    }),
  },
  { ...closed, $id: 'health', description: 'Heartbeat; answered with `time`' },
);

export const Will = Type.Object(
  { n: Type.Literal(0), boot, conn: connection },
  {
    ...closed,
    $id: 'will',
    description: 'Left with the broker at connect; published when the connection breaks',
  },
);

export const Image = Type.Object(
  {
    w: Type.Integer({
      minimum: 8,
      maximum: IMAGE_WIDTH_LIMIT_PX,
      multipleOf: 8,
      description: 'Width in pixels',
    }),
    h: Type.Integer({ minimum: 1, maximum: IMAGE_HEIGHT_LIMIT_PX, description: 'Height in pixels' }),
    d: Type.String({
      maxLength: DOWN_PAYLOAD_LIMIT_BYTES,
      pattern: '^[A-Za-z0-9+/=]*$',
      description:
        'Base64 of the heatshrink stream (window 8, lookahead 6) of rows of bits, most significant first',
    }),
  },
  { ...closed, description: 'One-bit image' },
);

export const Card = Type.Object(
  {
    n: counter,
    invitation: handle('Handle of the invitation'),
    staff: handle('Handle of the staff member shown'),
    term: Type.Integer({
      minimum: INVITATION_MIN_SECONDS,
      maximum: INVITATION_MAX_SECONDS,
      description: 'Seconds until the card goes by itself',
    }),
    matter: Image,
    who: Image,
  },
  { ...closed, $id: 'card', description: 'Invites the applicant; sent again when a device says hello' },
);

export const Control = Type.Union(
  [
    Type.Object(
      {
        n: counter,
        do: Type.Literal('desk'),
        staff: handle('Who has signed in at the window; zeros if nobody'),
        paused: Type.Boolean({ description: 'Service paused (暂停服务)' }),
        unlinked: Type.Boolean({ description: 'Presses without an invitation are taken' }),
        place: Image,
        who: Type.Union([Image, Type.Null()]),
        photo: Type.Optional(
          Type.Union([Image, Type.Null()], {
            description: 'Of who has signed in, dithered; at most 80×96 pixels, else the desk is passed over',
          }),
        ),
      },
      { ...closed, description: 'The whole state of the window: hall and window, staff, pause' },
    ),
    Type.Object(
      {
        n: counter,
        do: Type.Literal('cancel'),
        invitation: handle('Handle of the invitation to withdraw; zeros for whatever card is shown'),
      },
      closed,
    ),
    Type.Object(
      {
        n: counter,
        do: Type.Literal('resend'),
        from: u32('Send every record kept from this sequence on', 1),
      },
      closed,
    ),
    Type.Object({ n: counter, do: Type.Literal('reboot') }, closed),
    Type.Object(
      {
        n: counter,
        do: Type.Literal('reasons'),
        seq: u32('Sequence of the press whose reasons may be given', 1),
        options: Type.Array(
          Type.Object(
            {
              code: Type.Integer({ minimum: 1, maximum: 65_535, description: 'National reason code' }),
              label: Image,
            },
            closed,
          ),
          {
            minItems: 1,
            maxItems: REASON_OPTIONS_LIMIT,
            description: 'One for each key from 5 to 1, in this order',
          },
        ),
      },
      { ...closed, description: 'Offers reasons for a press that was just acknowledged' },
    ),
    Type.Object(
      {
        n: counter,
        do: Type.Literal('rekey'),
        gen: Type.Integer({ minimum: 2, maximum: 255, description: 'Generation of the new key' }),
        wrapped: Type.String({
          pattern: SIGNATURE_PATTERN,
          description: 'The new key, wrapped for this message of this session',
        }),
      },
      { ...closed, description: 'A new key; refused while records bear the key before the present one' },
    ),
    Type.Object(
      { n: counter, do: Type.Literal('compact') },
      { ...closed, description: 'Frees what erased files still take in Storage; only with an empty journal' },
    ),
  ],
  { $id: 'control', description: 'Orders to the evaluator' },
);

export const Ack = Type.Object(
  {
    n: counter,
    upTo: sequence('Every record up to this sequence is on the gateway’s disk'),
    epoch: u32('Grows when the gateway database was restored from a backup', 1),
  },
  {
    ...closed,
    $id: 'ack',
    description: 'Cumulative acknowledgement, sent after the commit; alone frees records',
  },
);

export const Time = Type.Object(
  {
    n: counter,
    echo: u48('`uptime` of the message answered'),
    wall: u48('Gateway time, milliseconds since 1970-01-01 UTC'),
  },
  { ...closed, $id: 'time', description: 'Answer to `hello` and `health`; the device halves the round trip' },
);

const version = Type.String({
  pattern: VERSION_PATTERN,
  description: 'Version of the firmware, three numbers',
});

export const Update = Type.Union(
  [
    Type.Object(
      {
        n: counter,
        do: Type.Literal('offer'),
        version,
        board: text('Board profile the image is for', 32),
        bytes: Type.Integer({
          minimum: 1,
          maximum: UPDATE_IMAGE_LIMIT_BYTES,
          description: 'Length of the image: manifest and files',
        }),
        sha256: Type.String({ pattern: SIGNATURE_PATTERN, description: 'SHA-256 of the manifest' }),
        forced: Type.Boolean({ description: 'Also when it is not newer than what runs' }),
        mac: Type.String({
          pattern: SIGNATURE_PATTERN,
          description: 'HMAC-SHA256 of the layout of the offer under the update key',
        }),
      },
      { ...closed, description: 'Offers an image; the answer says from which offset to send' },
    ),
    Type.Object(
      {
        n: counter,
        do: Type.Literal('chunk'),
        offset: Type.Integer({
          minimum: 0,
          maximum: UPDATE_IMAGE_LIMIT_BYTES,
          description: 'Where its bytes lie in the image',
        }),
        data: Type.String({
          minLength: 4,
          maxLength: Math.ceil(UPDATE_CHUNK_BYTES / 3) * 4,
          pattern: '^[A-Za-z0-9+/=]*$',
          description: `Base64 of at most ${UPDATE_CHUNK_BYTES} bytes`,
        }),
      },
      { ...closed, description: 'A piece of the offered image' },
    ),
  ],
  { $id: 'update', description: 'Brings a device another firmware' },
);

export const Progress = Type.Object(
  {
    n: counter,
    version: Type.String({ pattern: VERSION_PATTERN, description: 'Version the report is about' }),
    state: Type.Union(
      UPDATE_STATES.map(({ state }) => Type.Literal(state)),
      { description: 'How far the update is' },
    ),
    offset: Type.Integer({
      minimum: 0,
      maximum: UPDATE_IMAGE_LIMIT_BYTES,
      description: 'Bytes of the image that Storage holds; the next chunk begins there',
    }),
    code: Type.Optional(
      Type.Union(
        UPDATE_CODES.map(({ code }) => Type.Literal(code)),
        { description: 'Why, when it was refused or given up' },
      ),
    ),
  },
  { ...closed, $id: 'progress', description: 'Answer to every offer, chunk and order to compact' },
);

export type Evaluation = Static<typeof Evaluation>;
export type Hello = Static<typeof Hello>;
export type Health = Static<typeof Health>;
export type Will = Static<typeof Will>;
export type Image = Static<typeof Image>;
export type Card = Static<typeof Card>;
export type Control = Static<typeof Control>;
export type ReasonsOffer = Extract<Control, { do: 'reasons' }>;
export type Desk = Extract<Control, { do: 'desk' }>;
export type Ack = Static<typeof Ack>;
export type Time = Static<typeof Time>;
export type Update = Static<typeof Update>;
export type Progress = Static<typeof Progress>;

/** Schema of each topic kind. */
export const UP_MESSAGES = {
  hello: Hello,
  evaluation: Evaluation,
  health: Health,
  progress: Progress,
  will: Will,
} satisfies Record<string, TSchema>;
export const DOWN_MESSAGES = {
  card: Card,
  control: Control,
  ack: Ack,
  time: Time,
  update: Update,
} satisfies Record<string, TSchema>;
