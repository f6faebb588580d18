// Judges what was measured about the machine and the configuration: a list of findings, each with a stable code, what
// it means and what to do. Pure; measuring is gather.ts.

export type Gravity = 'fault' | 'warning' | 'note';

export interface Finding {
  code: string;
  gravity: Gravity;
  /** What was found, in one sentence. */
  found: string;
  remedy: string;
}

/** Undefined is what could not be found out. */
export interface Facts {
  configurationProblems: readonly string[];
  folder: { exists: boolean; writable: boolean; openToOthers: boolean } | undefined;
  keyOpenToOthers: boolean;
  /** Master key and data on one file system: one broken disk or one stolen backup has both. */
  keyOnSameDisk: boolean;
  personKeysOpenToOthers: boolean;
  /** A second folder holds the keys of persons. */
  personKeysCopied: boolean;
  /** The head of the chain of facts is kept elsewhere. */
  anchored: boolean;
  disk: { freeBytes: number; kind: 'local' | 'network' | 'memory'; databaseBytes: number } | undefined;
  /** Of a write with fdatasync, in the data folder. */
  syncMs: { median: number; worst: number } | undefined;
  clockSynchronised: boolean | undefined;
  newestFactAheadMs: number;
  clockHeld: boolean;
  unknownYears: readonly number[];
  asRoot: boolean;
  openFilesLimit: number | undefined;
  evaluators: number;
  gateway: 'running' | 'stopped';
  /** Codes of alarms that a running gateway tells; undefined if its HTTP API does not answer. */
  alarms: readonly string[] | undefined;
  /** The port is held by something else while the gateway is stopped. */
  brokerPortTaken: boolean;
  externalBroker: { url: string; reachable: boolean } | undefined;
  upstream: readonly { id: string; address: string; reachable: boolean; jetstream: boolean }[];
}

const MEBIBYTE = 1024 * 1024;
const ROOM_FAULT_BYTES = 256 * MEBIBYTE;
const ROOM_WARNING_BYTES = 2048 * MEBIBYTE;
/** A press is acknowledged after one of them; above this evaluators feel it. */
const SYNC_SLOW_MS = 30;
/** No disk with a power-safe write takes less: something answers before it is written. */
const SYNC_UNLIKELY_MS = 0.02;
const CLOCK_AHEAD_LIMIT_MS = 300_000;
/** Beside the evaluators' connections: database, log, HTTP, upstream. */
const OWN_FILES = 512;

interface Check {
  code: string;
  gravity: Gravity;
  meaning: string;
  remedy: string;
  /** The sentence on what was found, or undefined. */
  look(facts: Facts): string | undefined;
}

const when = (holds: boolean, sentence: string) => (holds ? sentence : undefined);

const CHECKS: readonly Check[] = [
  {
    code: 'config.wrong',
    gravity: 'fault',
    meaning: 'The configuration has mistakes.',
    remedy: 'Run `pingjia config check` until it says that it is right.',
    look: ({ configurationProblems: all }) => (all.length > 0 ? all.join(' ') : undefined),
  },
  {
    code: 'data.folder',
    gravity: 'fault',
    meaning: 'The data folder cannot be used by this account.',
    remedy:
      'Create it, or let the account that runs the gateway write to it (and run doctor as that account).',
    look: ({ folder }) =>
      when(folder?.exists === true && !folder.writable, 'The data folder is not writable.'),
  },
  {
    code: 'data.permissions',
    gravity: 'warning',
    meaning: 'Other accounts of the machine may read the data.',
    remedy: 'chmod 750 the data folder, or 700.',
    look: ({ folder }) => when(folder?.openToOthers === true, 'The data folder is open to other accounts.'),
  },
  {
    code: 'key.permissions',
    gravity: 'fault',
    meaning: 'Other accounts may read the master key.',
    remedy: 'chmod 400 the file; it belongs to the account of the gateway alone.',
    look: ({ keyOpenToOthers }) => when(keyOpenToOthers, 'The master key is open to its group or to others.'),
  },
  {
    code: 'key.same-disk',
    gravity: 'note',
    meaning: 'Master key and data lie on one disk.',
    remedy: 'Keep a copy of the key elsewhere, and never in the backup of the data.',
    look: ({ keyOnSameDisk }) => when(keyOnSameDisk, 'The master key lies on the disk of the data.'),
  },
  {
    code: 'person-keys.permissions',
    gravity: 'fault',
    meaning: 'Other accounts may read the keys of applicants.',
    remedy: 'chmod 700 the folder of personKeys.',
    look: ({ personKeysOpenToOthers }) => when(personKeysOpenToOthers, 'The person keys are open to others.'),
  },
  {
    code: 'person-keys.no-copy',
    gravity: 'warning',
    meaning: 'The keys of applicants lie in one place, and no backup holds them.',
    remedy: 'Set personKeys.copyFolder, best on another disk.',
    look: ({ personKeysCopied }) => when(!personKeysCopied, 'personKeys.copyFolder is not set.'),
  },
  {
    code: 'anchor.none',
    gravity: 'warning',
    meaning:
      'Nothing outside shows which fact was the newest: whoever holds the master key could make all anew.',
    remedy: 'Set anchor.file, best on another machine or medium.',
    look: ({ anchored }) => when(!anchored, 'anchor.file is not set.'),
  },
  {
    code: 'disk.full',
    gravity: 'fault',
    meaning: 'The disk of the data is nearly full; then nothing is acknowledged.',
    remedy: 'Make room.',
    look: ({ disk }) => when(!!disk && disk.freeBytes < ROOM_FAULT_BYTES, `Only ${room(disk)} free.`),
  },
  {
    code: 'disk.room',
    gravity: 'warning',
    meaning: 'There is little room on the disk of the data, or less than the database takes.',
    remedy: 'Make room: a copy before a new version and a restore need as much again as the database.',
    look: ({ disk }) =>
      when(
        !!disk &&
          disk.freeBytes >= ROOM_FAULT_BYTES &&
          disk.freeBytes < Math.max(ROOM_WARNING_BYTES, disk.databaseBytes),
        `${room(disk)} free.`,
      ),
  },
  {
    code: 'disk.network',
    gravity: 'fault',
    meaning: 'The data lies on a network file system, whose locks and syncs SQLite cannot rely on.',
    remedy: 'Move the data folder to a disk of this machine.',
    look: ({ disk }) => when(disk?.kind === 'network', 'The data folder is on a network file system.'),
  },
  {
    code: 'disk.memory',
    gravity: 'fault',
    meaning: 'The data lies in memory and is gone after a restart of the machine.',
    remedy: 'Move the data folder to a disk.',
    look: ({ disk }) => when(disk?.kind === 'memory', 'The data folder is on a tmpfs.'),
  },
  {
    code: 'disk.slow-sync',
    gravity: 'warning',
    meaning: 'The disk takes long to write for good; every acknowledgement waits for it.',
    remedy: 'Use an SSD, best one with protection against power loss.',
    look: ({ syncMs }) => when(!!syncMs && syncMs.median > SYNC_SLOW_MS, `fdatasync takes ${syncs(syncMs)}.`),
  },
  {
    code: 'disk.no-sync',
    gravity: 'warning',
    meaning: 'The disk answers faster than a disk can: what is acknowledged may not survive a power cut.',
    remedy: 'Look at the write cache of disk, controller or virtual machine (cache=none or writethrough).',
    look: ({ syncMs, disk }) =>
      when(
        !!syncMs && syncMs.median < SYNC_UNLIKELY_MS && disk?.kind !== 'memory',
        `fdatasync takes ${syncs(syncMs)}.`,
      ),
  },
  {
    code: 'clock.not-synchronised',
    gravity: 'warning',
    meaning: 'The clock of the machine follows no time server: terms would end at a wrong moment.',
    remedy: 'Enable systemd-timesyncd or chrony against a server of your network.',
    look: ({ clockSynchronised }) => when(clockSynchronised === false, 'The clock is not synchronised.'),
  },
  {
    code: 'clock.unknown',
    gravity: 'note',
    meaning: 'Whether the clock follows a time server could not be found out here.',
    remedy: 'Make sure that the host of a container or virtual machine is synchronised.',
    look: ({ clockSynchronised }) => when(clockSynchronised === undefined, 'No timedatectl answers.'),
  },
  {
    code: 'clock.behind',
    gravity: 'fault',
    meaning: 'The clock lies before what is stored.',
    remedy: 'Set the clock, or confirm it with `pingjia clock confirm`.',
    look: ({ newestFactAheadMs: ms }) =>
      when(ms > CLOCK_AHEAD_LIMIT_MS, `The newest fact lies ${Math.round(ms / 60_000)} minutes ahead.`),
  },
  {
    code: 'clock.held',
    gravity: 'warning',
    meaning: 'The gateway doubts its clock and sets no default.',
    remedy: 'Compare it with a watch, then `pingjia clock confirm`.',
    look: ({ clockHeld }) => when(clockHeld, 'The clock is in doubt.'),
  },
  {
    code: 'calendar.unknown-year',
    gravity: 'warning',
    meaning: 'A year that terms reach has no arrangement of working days.',
    remedy: 'Update pingjia, or set calendar.overrides.',
    look: ({ unknownYears }) =>
      when(unknownYears.length > 0, `The calendar lacks ${unknownYears.join(', ')}.`),
  },
  {
    code: 'account.root',
    gravity: 'warning',
    meaning: 'doctor runs as root; so would what it checks, if the gateway did.',
    remedy: 'Run both as an account of their own; see deploy/.',
    look: ({ asRoot }) => when(asRoot, 'This is root.'),
  },
  {
    code: 'limits.files',
    gravity: 'warning',
    meaning: 'Too few open files are allowed for the connections of the evaluators.',
    remedy: 'Raise LimitNOFILE in the unit, or ulimit -n.',
    look: ({ openFilesLimit: limit, evaluators }) =>
      when(
        limit !== undefined && limit < evaluators + OWN_FILES,
        `${limit} open files are allowed for ${evaluators} evaluators.`,
      ),
  },
  {
    code: 'gateway.silent',
    gravity: 'warning',
    meaning: 'The gateway runs and its HTTP API does not answer.',
    remedy: 'Look at its log, and at http.host and http.port.',
    look: ({ gateway, alarms }) =>
      when(gateway === 'running' && alarms === undefined, '/readyz does not answer.'),
  },
  {
    code: 'gateway.alarms',
    gravity: 'warning',
    meaning: 'The running gateway has alarms.',
    remedy: '`pingjia status` says what to do about each.',
    look: ({ alarms }) => when((alarms ?? []).length > 0, `Alarms: ${alarms?.join(', ')}.`),
  },
  {
    code: 'broker.port-taken',
    gravity: 'fault',
    meaning: 'Another program listens where evaluators would connect.',
    remedy: 'Stop it, or choose another broker.port; with a broker of another make, set broker.external.',
    look: ({ brokerPortTaken }) => when(brokerPortTaken, 'broker.port is in use.'),
  },
  {
    code: 'broker.unreachable',
    gravity: 'fault',
    meaning: 'The broker of broker.external does not answer.',
    remedy: 'Start it, or correct the address; look at firewalls.',
    look: ({ externalBroker: it }) => when(it?.reachable === false, `Nothing answers at ${it?.url}.`),
  },
  {
    code: 'upstream.unreachable',
    gravity: 'warning',
    meaning: 'A way upstream does not answer; its records would wait.',
    remedy: 'Correct its address, or look at the network between.',
    look: ({ upstream }) => {
      const away = upstream.filter(({ reachable }) => !reachable);
      return when(away.length > 0, away.map(({ id, address }) => `${id} (${address}).`).join(' '));
    },
  },
  {
    code: 'nats.sync-interval',
    gravity: 'warning',
    meaning:
      'nats-server syncs its files every 2 minutes unless told otherwise: a power cut there loses what it took.',
    remedy:
      'Set jetstream { sync_interval: always } at the server, in releases that have it, or run three replicas on separate power.',
    look: ({ upstream }) => {
      const streams = upstream.filter(({ jetstream }) => jetstream).map(({ id }) => id);
      return when(streams.length > 0, `Connector ${streams.join(', ')} uses JetStream.`);
    },
  },
];

export const DOCTOR_CODES: readonly { code: string; gravity: Gravity; meaning: string; remedy: string }[] =
  CHECKS;

const ORDER: readonly Gravity[] = ['fault', 'warning', 'note'];

/** Faults first. */
export function findingsOf(facts: Facts): Finding[] {
  return CHECKS.flatMap(({ code, gravity, remedy, look }) => {
    const found = look(facts);
    return found === undefined ? [] : [{ code, gravity, found, remedy }];
  }).sort((one, other) => ORDER.indexOf(one.gravity) - ORDER.indexOf(other.gravity));
}

const room = (disk: Facts['disk']) => `${Math.floor((disk?.freeBytes ?? 0) / MEBIBYTE)} MiB`;
const syncs = (syncMs: Facts['syncMs']) =>
  `${(syncMs?.median ?? 0).toFixed(2)} ms (median; worst ${(syncMs?.worst ?? 0).toFixed(1)} ms)`;
