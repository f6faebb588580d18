import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../cli/program.ts';
import { createMasterKeyFile } from '../fleet/master-key.ts';
import { DOCTOR_CODES, type Facts, findingsOf } from './checks.ts';

const well: Facts = {
  configurationProblems: [],
  folder: { exists: true, writable: true, openToOthers: false },
  keyOpenToOthers: false,
  keyOnSameDisk: false,
  personKeysOpenToOthers: false,
  personKeysCopied: true,
  anchored: true,
  disk: { freeBytes: 2 ** 36, kind: 'local', databaseBytes: 2 ** 20 },
  syncMs: { median: 0.5, worst: 3 },
  clockSynchronised: true,
  newestFactAheadMs: 0,
  clockHeld: false,
  unknownYears: [],
  asRoot: false,
  openFilesLimit: 65_536,
  evaluators: 30,
  gateway: 'running',
  alarms: [],
  brokerPortTaken: false,
  externalBroker: undefined,
  upstream: [{ id: 'province', address: 'http://p', reachable: true, jetstream: false }],
};

describe('doctor', () => {
  it('finds nothing where all is well, and for each trouble its own code with a remedy', () => {
    expect(findingsOf(well)).toEqual([]);
    const folder = well.folder!;
    const disk = well.disk!;
    const nats = { id: 'n', address: 'nats://n', reachable: true, jetstream: true };
    const troubles: [Partial<Facts>, string][] = [
      [{ configurationProblems: ['hall.id: is missing.'] }, 'config.wrong'],
      [{ folder: { ...folder, writable: false } }, 'data.folder'],
      [{ folder: { ...folder, openToOthers: true } }, 'data.permissions'],
      [{ keyOpenToOthers: true }, 'key.permissions'],
      [{ keyOnSameDisk: true }, 'key.same-disk'],
      [{ personKeysOpenToOthers: true }, 'person-keys.permissions'],
      [{ personKeysCopied: false }, 'person-keys.no-copy'],
      [{ anchored: false }, 'anchor.none'],
      [{ disk: { ...disk, freeBytes: 2 ** 27 } }, 'disk.full'],
      [{ disk: { ...disk, freeBytes: 2 ** 30 } }, 'disk.room'],
      [{ disk: { ...disk, kind: 'network' } }, 'disk.network'],
      [{ disk: { ...disk, kind: 'memory' } }, 'disk.memory'],
      [{ syncMs: { median: 80, worst: 200 } }, 'disk.slow-sync'],
      [{ syncMs: { median: 0.005, worst: 0.1 } }, 'disk.no-sync'],
      [{ clockSynchronised: false }, 'clock.not-synchronised'],
      [{ clockSynchronised: undefined }, 'clock.unknown'],
      [{ newestFactAheadMs: 3_600_000 }, 'clock.behind'],
      [{ clockHeld: true }, 'clock.held'],
      [{ unknownYears: [2031] }, 'calendar.unknown-year'],
      [{ asRoot: true }, 'account.root'],
      [{ openFilesLimit: 256 }, 'limits.files'],
      [{ alarms: undefined }, 'gateway.silent'],
      [{ alarms: ['clock.held'] }, 'gateway.alarms'],
      [{ brokerPortTaken: true }, 'broker.port-taken'],
      [{ externalBroker: { url: 'mqtt://b', reachable: false } }, 'broker.unreachable'],
      [{ upstream: [{ ...well.upstream[0]!, reachable: false }] }, 'upstream.unreachable'],
      [{ upstream: [nats] }, 'nats.sync-interval'],
    ];
    for (const [trouble, code] of troubles) {
      const found = findingsOf({ ...well, ...trouble });
      expect(found.map((finding) => finding.code)).toEqual([code]);
      expect(found[0]!.remedy).toMatch(/\S.*\.$/s);
    }
    expect(troubles.map(([, code]) => code)).toEqual(DOCTOR_CODES.map(({ code }) => code));
  });
});

describe('pingjia doctor', () => {
  let folder: string;
  let said: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    said = [];
    for (const [name, mode] of [
      ['data', 0o750],
      ['secrets', 0o700],
    ] as const)
      mkdirSync(join(folder, name), { mode });
    createMasterKeyFile(join(folder, 'secrets', 'key'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const doctor = (settings: string) => {
    const file = join(folder, 'pingjia.yaml');
    const fixed = 'hall: { id: h, name: 厅 }\ndataFolder: data\nmasterKeyFile: secrets/key\n';
    writeFileSync(file, fixed + settings);
    const world = {
      environment: {},
      out: (line: string) => said.push(line),
      err: (line: string) => said.push(line),
      stopRequested: () => Promise.resolve(),
    };
    return runCommandLine(['doctor', '--json', '--config', file], world);
  };
  const codes = () => (JSON.parse(said[0]!) as { code: string }[]).map(({ code }) => code);

  it('measures a real machine, leaves nothing behind, and fails only for faults', async () => {
    expect(await doctor('broker: { host: 127.0.0.1, port: 0 }\n')).toBe(
      codes().some((code) => ['disk.full', 'disk.memory', 'disk.network'].includes(code)) ? 1 : 0,
    );
    expect(codes()).toContain('key.same-disk');
    expect(codes()).not.toContain('key.permissions');
    expect(codes()).toEqual(expect.arrayContaining(['person-keys.no-copy', 'anchor.none']));
    expect(readdirSync(join(folder, 'data'))).toEqual([]);
  });

  it('finds an open key, a taken port, a broker and a province that do not answer, and JetStream', async () => {
    chmodSync(join(folder, 'secrets', 'key'), 0o644);
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    await new Promise<void>((resolve) => taken.close(() => resolve()));
    const settings = `broker: { host: 127.0.0.1, port: 0, external: { url: "mqtt://127.0.0.1:${port}", password: p } }
upstream:
  - { id: stream, kind: jetstream, servers: ["nats://127.0.0.1:${port}"], stream: S, subject: s }
`;
    expect(await doctor(settings)).toBe(1);
    expect(codes()).toEqual(
      expect.arrayContaining([
        'key.permissions',
        'broker.unreachable',
        'upstream.unreachable',
        'nats.sync-interval',
      ]),
    );
  });
});
