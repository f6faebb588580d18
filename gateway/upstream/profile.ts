// The profile of a province: how its interface differs from the others, as data. Names, codes and ways to sign are
// decided here and nowhere else; the core knows one meaning of every level and channel.
import { z } from 'zod';

const short = (what: string) => z.string({ error: what }).min(1, { error: what }).max(200, { error: what });
const code = short('must be a text of 1 to 200 characters');
const path = z
  .string({ error: 'must be a path such as evaluation/update' })
  .regex(/^[\w.-]+(\/[\w.-]+)*$/, { error: 'must be a path such as evaluation/update' });
const codes = z
  .array(code, { error: 'must be a list of codes' })
  .max(100, { error: 'must have at most 100 codes' });
const params = z.record(code, code, { error: 'must be pairs of names and texts' });
const group = { error: 'must be a group of settings' };

const Signature = z
  .strictObject(
    {
      method: z.enum(['sm3', 'hmac-sm3', 'hmac-sha256', 'sm2'], {
        error: 'must be sm3, hmac-sm3, hmac-sha256 or sm2',
      }),
      /** What is signed, one after the other. HMAC has appWord as its key, SM2 the key of the connector. */
      over: z
        .array(z.enum(['time', 'appMark', 'appWord'], { error: 'must be time, appMark or appWord' }))
        .min(1, { error: 'must name at least one part' }),
      encoding: z.enum(['hex', 'base64'], { error: 'must be hex or base64' }).default('hex'),
      /** SM2: the identifier of the signer (GM/T 0009). */
      userId: short('must be a text').default('1234567812345678'),
    },
    group,
  )
  .refine(({ method, over }) => method !== 'sm3' || over.includes('appWord'), {
    error: 'must be over appWord too: anybody could make this signature',
    path: ['over'],
  })
  .refine(({ over }) => over.includes('time'), {
    error: 'must be over time too: it could be repeated for ever',
    path: ['over'],
  });

const Levels = z
  .strictObject(
    { 5: code, 4: code, 3: code, 2: code, 1: code },
    { error: 'must give a code for each of 5, 4, 3, 2 and 1' },
  )
  .refine((levels) => new Set(Object.values(levels)).size === 5, { error: 'must give five different codes' });

const Channels = z
  .strictObject(
    {
      evaluator: code,
      default: code,
      pc: code.optional(),
      mobile: code.optional(),
      qr: code.optional(),
      terminal: code.optional(),
      telephone: code.optional(),
      sms: code.optional(),
    },
    group,
  )
  .refine((channels) => channels.default !== channels.evaluator, {
    error: 'must differ from the channel of evaluators: a default must not look like a press',
    path: ['default'],
  });

const Corrections = z.discriminatedUnion(
  'by',
  [
    z.strictObject({ by: z.literal('list') }),
    z.strictObject({ by: z.literal('update'), path }),
    z.strictObject({
      by: z.literal('second'),
      /** Added to the number of the service for each correction. */
      numberOffset: z.int().min(1).max(100_000),
    }),
  ],
  { error: 'must be { by: list }, { by: update, path } or { by: second, numberOffset }' },
);

export const Profile = z.strictObject(
  {
    name: z.string().regex(/^[a-z0-9-]{1,32}$/, { error: 'must consist of 1 to 32 of a-z, 0-9 and "-"' }),
    signature: Signature,
    paths: z.strictObject({ service: path, evaluation: path }, group),
    levels: Levels,
    channels: Channels,
    answer: z
      .strictObject(
        {
          header: code.default('C-Response-Desc'),
          headerSuccess: code.default('success'),
          codeField: code.default('code'),
          reasonField: code.default('msg'),
          successCodes: codes.default(['0']),
          alreadyThereCodes: codes.default([]),
          /** Say nothing about the record: it is tried again. */
          failureCodes: codes.default([]),
        },
        group,
      )
      .prefault({}),
    /** Params by the national name: renamed, left out, or added to every record. */
    rename: params.default({}),
    omit: z.array(code).max(100).default([]),
    constants: params.default({}),
    /** Sent with a negative evaluation without reason and text, which provinces refuse; never anyone's words. */
    negativeText: short('must be a text: provinces refuse a negative evaluation without reason and text'),
    defaults: z.enum(['sent', 'computed'], { error: 'must be sent or computed' }),
    corrections: Corrections,
    /** What is done when a service record that was sent says something else now: sent again, or nothing. */
    serviceChanges: z.enum(['again', 'none'], { error: 'must be again or none' }).default('none'),
  },
  { error: 'must be a group of settings' },
);

export type Profile = z.output<typeof Profile>;
