// Every setting of the gateway, described once: the file, the environment overrides, `pingjia config` and the
// table in gateway/README.md all come from this schema. Only shapes and ranges; files are read in load.ts.
import { z } from 'zod';
import { REASON_OPTIONS_LIMIT } from '../../protocol/constants.ts';
import { dayOfDate } from '../core/shanghai-days.ts';
import { reasonText } from '../reasons/reason-codes.ts';

const idText = 'must consist of 1 to 32 of the characters a-z, 0-9 and "-"';
const id = () => z.string({ error: idText }).regex(/^[a-z0-9-]{1,32}$/, { error: idText });
const text = (limit: number) => {
  const error = `must be a text of 1 to ${limit} characters`;
  return z.string({ error }).trim().min(1, { error }).max(limit, { error });
};
const whole = (from: number, to: number) => {
  const error = `must be a whole number from ${from} to ${to}`;
  return z.int({ error }).min(from, { error }).max(to, { error });
};
const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape, description: string) =>
  z
    .strictObject(shape, { error: 'must be a group of settings, each on a line of its own' })
    .describe(description);
const host = () =>
  z.string({ error: 'must be an address or host name' }).regex(/^[A-Za-z0-9.:_-]{1,253}$/, {
    error: 'must be an address or host name',
  });
const port = () => whole(0, 65_535);
const list = <Item extends z.ZodType>(item: Item, limit: number) => {
  const error = `must be a list of at most ${limit} entries`;
  return z.array(item, { error }).max(limit, { error });
};

const urlText = 'must be an address that begins with http:// or https://';
const releaseKeyText = 'must be the 64 hexadecimal digits that `pingjia release keygen` prints';
const SCOPE_NAMES = ['cases', 'invitations', 'windows', 'results', 'person:read'] as const;
const scopeText = 'must be a list of at least one of cases, invitations, windows, results, person:read';
const hashText = 'must be the 64 hexadecimal digits that `pingjia key new` prints';

const hall = section(
  {
    id: id().describe('Id of the hall, part of every topic; devices are provisioned with it'),
    name: text(64).describe('Name of the hall, shown on every evaluator'),
  },
  'The hall this gateway serves',
);

const brokerUrlText = 'must be an address that begins with mqtt:// or mqtts://';
const externalBroker = section(
  {
    url: z
      .string({ error: brokerUrlText })
      .regex(/^mqtts?:\/\/[^\s]{1,500}$/, { error: brokerUrlText })
      .describe(
        'Address of a Mosquitto, EMQX or NATS that evaluators connect to; the gateway then answers only the probe, on broker.port over UDP',
      ),
    user: text(128).default('pingjia-gateway').describe('User of the gateway at the broker'),
    password: text(256)
      .optional()
      .describe('Password of the gateway at the broker; better in a file: passwordFile'),
    passwordFile: text(1024).optional().describe('File that holds the password instead of password'),
    caFile: text(1024).optional().describe('Certificate authority of the broker, PEM, for mqtts://'),
    certFile: text(1024).optional().describe('Certificate of the gateway, PEM, where the broker wants one'),
    keyFile: text(1024).optional().describe('Key of that certificate, PEM'),
  },
  "A broker that is not the gateway's own",
);

const broker = section(
  {
    host: host()
      .default('0.0.0.0')
      .describe('Address the broker listens on; evaluators come from the network'),
    port: port()
      .default(1883)
      .describe('TCP port for MQTT, and UDP port of the same number for the probe; 0 takes a free one'),
    external: externalBroker.optional(),
  },
  'Where evaluators connect',
);

const apiKey = section(
  {
    name: id().describe('Which system holds the key; written to the log'),
    keySha256: z
      .string({ error: hashText })
      .regex(/^[0-9a-f]{64}$/, { error: hashText })
      .describe('SHA-256 of the key, as printed by `pingjia key new`'),
    scopes: z
      .array(z.enum(SCOPE_NAMES, { error: scopeText }), { error: scopeText })
      .min(1, { error: scopeText })
      .optional()
      .describe(
        'What the key may do: cases, invitations, windows, results, and person:read, which opens applicants, each time recorded; all but the last when left out',
      ),
  },
  'A key of a window system',
);

const http = section(
  {
    host: host()
      .default('127.0.0.1')
      .describe('Address the HTTP API listens on; put a TLS proxy in front before opening it to the network'),
    port: port().default(8080).describe('TCP port of the HTTP API; 0 takes a free one'),
    requestsPerSecond: whole(1, 100_000)
      .default(200)
      .describe('Requests of one key answered per second on average, twice as many in a burst; more get 429'),
    apiKeys: list(apiKey, 64).default([]).describe('Keys of the window systems, only their hashes'),
  },
  'The HTTP API for window systems',
);

const window = section(
  {
    id: id().describe('Id of the window, used in the API and to register its evaluator'),
    label: text(16).describe('What the evaluator shows, such as "A03 不动产"'),
  },
  'A window',
);

/** What every connector has, whatever its kind. */
const everyConnector = {
  id: id().describe(
    'Name of the connector, in status, log and environment; keep it, what was delivered hangs on it',
  ),
  concurrency: whole(1, 64).default(4).describe('Cases sent at the same time'),
  timeoutMs: whole(100, 120_000).default(10_000).describe('Longest wait for one answer, in milliseconds'),
  retryBaseMs: whole(1, 60_000)
    .default(1000)
    .describe('First wait after a failure, in milliseconds; doubled each time'),
  retryLimitMs: whole(1, 3_600_000)
    .default(60_000)
    .describe('Longest wait between two tries, in milliseconds'),
};

const httpConnector = section(
  {
    ...everyConnector,
    kind: z.literal('http').describe('What kind of way it is; the settings that follow belong to one kind'),
    profile: text(1024)
      .default('national')
      .describe(
        'How the province has the interface: the name of a profile that is built in, or the path of a YAML file',
      ),
    url: z
      .string({ error: urlText })
      .regex(/^https?:\/\/[^\s]{1,500}$/, { error: urlText })
      .describe('Address of the provincial interface; the paths of the profile are added'),
    appMark: text(64).describe('Name of this hall at the provincial system, given by it'),
    appWord: text(256)
      .optional()
      .describe('Secret for signing, given by the provincial system; better in a file: appWordFile'),
    appWordFile: text(1024).optional().describe('File that holds the secret for signing instead of appWord'),
    signKey: text(256)
      .optional()
      .describe(
        'Private key of the hall, 64 hex digits, for a profile that signs with SM2; better in a file: signKeyFile',
      ),
    signKeyFile: text(1024).optional().describe('File that holds the private key for SM2 instead of signKey'),
  },
  'A provincial system over HTTP',
);

const serverText = 'must be an address that begins with nats:// or tls://';
const subjectText = 'must be a subject of NATS without wildcards, such as pingjia.songhua';

const jetstreamConnector = section(
  {
    ...everyConnector,
    kind: z
      .literal('jetstream')
      .describe('What kind of way it is; the settings that follow belong to one kind'),
    servers: z
      .array(z.string({ error: serverText }).regex(/^(nats|tls):\/\/[^\s]{1,200}$/, { error: serverText }), {
        error: 'must be a list of at least one address',
      })
      .min(1, { error: 'must be a list of at least one address' })
      .max(16, { error: 'must have at most 16 entries' })
      .describe('Addresses of the NATS servers'),
    stream: text(64).describe('Name of the stream that must store the events'),
    subject: z
      .string({ error: subjectText })
      .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,15}$/, { error: subjectText })
      .describe('Subject that events are published to; the stream must have it'),
    credentialsFile: text(1024).optional().describe('File with the credentials (.creds) of this hall'),
    user: text(256).optional().describe('User name, where the servers know users and passwords'),
    password: text(256).optional().describe('Password of the user; better in a file: passwordFile'),
    passwordFile: text(1024).optional().describe('File that holds the password instead of password'),
    caFile: text(1024)
      .optional()
      .describe('Certificates that sign the servers’, where the system does not know them'),
  },
  'A stream of NATS JetStream',
);

const fileConnector = section(
  {
    ...everyConnector,
    kind: z.literal('file').describe('What kind of way it is; the settings that follow belong to one kind'),
    folder: text(1024).describe('Folder of the files of events, made when missing; relative to this file'),
    limitMegabytes: whole(1, 1024).default(64).describe('Size beyond which a day gets another file'),
  },
  'Files of JSON lines, for exchange by hand',
);

const webhookConnector = section(
  {
    ...everyConnector,
    kind: z
      .literal('webhook')
      .describe('What kind of way it is; the settings that follow belong to one kind'),
    receiverUrl: z
      .string({ error: urlText })
      .regex(/^https?:\/\/[^\s]{1,500}$/, { error: urlText })
      .describe('Address that every event is posted to'),
    secret: text(256)
      .optional()
      .describe('Secret that events are signed with, shared with the receiver; better in a file: secretFile'),
    secretFile: text(1024).optional().describe('File that holds the secret instead of secret'),
  },
  'A window system that wants to be told',
);

const connector = z.discriminatedUnion(
  'kind',
  [httpConnector, jetstreamConnector, fileConnector, webhookConnector],
  { error: 'must be http, jetstream, file or webhook' },
);

const dateText = 'must be a date such as 2026-10-10';
const override = section(
  {
    date: z
      .string({ error: dateText })
      .regex(/^\d{4}-\d{2}-\d{2}$/, { error: dateText })
      .refine((date) => dayOfDate(date) !== undefined, { error: dateText })
      .describe('The day, in Asia/Shanghai'),
    working: z.boolean({ error: 'must be true or false' }).describe('Whether the hall works on that day'),
  },
  'A day on which the hall differs',
);

const rules = section(
  {
    termDays: whole(1, 60).default(5).describe('Days after completion in which an evaluation is valid'),
    termKind: z
      .enum(['working', 'natural'], { error: 'must be working or natural' })
      .default('working')
      .describe('Which days count'),
    termStart: z
      .enum(['next-day', 'same-day'], { error: 'must be next-day or same-day' })
      .default('next-day')
      .describe('Whether the term begins after the day of completion or with it'),
    defaultLevel: whole(3, 5)
      .default(3)
      .describe(
        'Level of a completed case that nobody evaluated in time; 3 is 基本满意, never a negative one',
      ),
    defaultSendAfterDays: whole(0, 30)
      .default(3)
      .describe(
        'Days after which a default is sent upstream although an evaluator has not reported an empty journal',
      ),
  },
  'When an evaluation is valid, and what stands in where there is none',
);

const codesText = `must be a list of 1 to ${REASON_OPTIONS_LIMIT} codes`;
const reasonsOfLevel = section(
  {
    level: whole(1, 5).describe('Level whose presses are asked for reasons: 5 非常满意 … 1 非常不满意'),
    codes: z
      .array(whole(1, 65_535), { error: codesText })
      .min(1, { error: codesText })
      .max(REASON_OPTIONS_LIMIT, { error: codesText })
      .describe('National codes shown, from the top; those of each level are in gateway/reasons'),
  },
  'Reasons that are offered after a press of one level',
).refine(({ level, codes }) => codes.every((code) => reasonText(level, code) !== undefined), {
  error: 'must name codes of its own level, as gateway/reasons/reason-codes.json lists them',
});

export const Settings = section(
  {
    hall,
    dataFolder: text(1024).describe('Folder of the database, made when missing; relative to this file'),
    masterKeyFile: text(1024).describe(
      'File with the master key that encrypts device keys; outside dataFolder and its backups; relative to this file',
    ),
    personKeys: section(
      {
        folder: text(1024)
          .optional()
          .describe(
            'Folder of the keys of persons, in no backup; person-keys beside dataFolder when left out; relative to this file',
          ),
        copyFolder: text(1024)
          .optional()
          .describe(
            'Second folder of the same keys, best on another disk: without one a broken disk makes applicants unreadable',
          ),
      },
      'Keys under which personal data is encrypted, one per person',
    ).prefault({}),
    anchor: section(
      {
        file: text(1024)
          .optional()
          .describe(
            'File, best on another machine or medium, to which the head of the chain of facts is appended daily; relative to this file',
          ),
      },
      'Proof, kept elsewhere, that nothing was taken away or made anew',
    ).prefault({}),
    broker: broker.prefault({}),
    http: http.prefault({}),
    windows: list(window, 2000).default([]).describe('The windows of the hall'),
    unlinkedPresses: z
      .boolean({ error: 'must be true or false' })
      .default(false)
      .describe('Whether evaluators take presses without an invitation'),
    reasons: list(reasonsOfLevel, 5)
      .default([])
      .refine((items) => new Set(items.map(({ level }) => level)).size === items.length, {
        error: 'must name each level at most once',
      })
      .describe('Reasons that evaluators offer after a press; none by default, for every level alike'),
    rules: rules.prefault({}),
    calendar: section(
      { overrides: list(override, 1000).default([]).describe('Days on which the hall differs') },
      'Working days beside the arrangements of the State Council',
    ).prefault({}),
    upstream: list(connector, 8)
      .default([])
      .describe('The ways to the provincial system, each by itself; without any, records wait in the outbox'),
    updates: section(
      {
        releaseKey: z
          .string({ error: releaseKeyText })
          .regex(/^[0-9a-f]{64}$/, { error: releaseKeyText })
          .optional()
          .describe('Public key of whoever signs the firmware; without one no update is taken'),
      },
      'Firmware of the evaluators',
    ).prefault({}),
    log: section(
      {
        level: z
          .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
            error: 'must be one of fatal, error, warn, info, debug, trace, silent',
          })
          .default('info')
          .describe('Least serious messages that are written'),
      },
      'What is written to standard error',
    ).prefault({}),
  },
  'Settings of the gateway',
);

export type Settings = z.output<typeof Settings>;
