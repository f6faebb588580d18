// The promise about personal data, byte by byte: a running gateway's whole data folder, its log, a backup, before and
// after a person is forgotten; and what somebody with every copy and the master key can still read: nothing.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { takeBackup } from '../backup/backup.ts';
import { restoreBackup } from '../backup/restore.ts';
import { loadMasterKeys } from '../fleet/master-key.ts';
import { openPersonDatabase } from '../persons-access.ts';
import { DATABASE_FILE } from '../store/open-database.ts';
import { startTestHall, TEST_STAFF, type TestHall } from '../testing-hall.ts';
import { verify } from '../verify/verify.ts';
import type { SealedPerson } from './applicant.ts';
import { openVault, VAULT_FILE } from './vault.ts';

const SECRETS = [
  '欧阳建国',
  '230103199001011234',
  'gov-7f3c11d2',
  '13812345678',
  '司马相如',
  '230103198502022345',
  '19911112222',
];
const [name, number, nationalAccount, mobile, agentName, agentNumber, otherMobile] = SECRETS as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
const document = { type: '111', number };
const agent = { name: agentName, document: { type: '111', number: agentNumber } };

/** Every way in which bytes could still hold a text in clear. */
function spellingsOf(secret: string): Buffer[] {
  const utf8 = Buffer.from(secret);
  const escaped = [...secret].map((c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`).join('');
  // Base64 of a text depends on where in its group of three bytes it begins; its ends belong to what is around it.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), utf8, Buffer.alloc(3)])
      .toString('base64')
      .slice(Math.ceil((8 * shift) / 6), Math.floor((8 * (shift + utf8.length)) / 6)),
  );
  const texts = [utf8.toString('hex'), utf8.toString('hex').toUpperCase(), escaped, ...base64];
  return [utf8, Buffer.from(secret, 'utf16le'), ...texts.map((text) => Buffer.from(text))];
}

function bytesOf(path: string): Buffer {
  if (statSync(path).isSocket()) return Buffer.alloc(0);
  if (!statSync(path).isDirectory()) return readFileSync(path);
  return Buffer.concat(readdirSync(path).map((entry) => bytesOf(join(path, entry))));
}
const foundIn = (bytes: Buffer) =>
  SECRETS.filter((secret) => spellingsOf(secret).some((spelling) => bytes.includes(spelling)));

let hall: TestHall;
let province: ReturnType<typeof createServer>;
const received: string[] = [];
const log: Buffer[] = [];
let copies: string;
let backupFolder: string;

beforeAll(async () => {
  // It refuses and fails by turns, so that refusals and tries are stored and logged as well.
  province = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push(Buffer.concat(chunks).toString());
      if (received.length % 3 === 1) return void request.socket.destroy();
      response.setHeader('C-Response-Desc', 'fail');
      response.end(JSON.stringify({ code: '1005', msg: '报文字段缺失' }));
    });
  });
  await new Promise<void>((resolve) => province.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(province.address() as AddressInfo).port}`;
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      log.push(chunk);
      done();
    },
  });
  const upstream = [{ id: 'province', kind: 'http', url, appMark: 'hall', appWord: 'word', retryBaseMs: 5 }];
  hall = await startTestHall({ upstream }, { logger: pino({ level: 'trace' }, sink) });
  copies = mkdtempSync(join(tmpdir(), 'clear-'));

  const matter = { taskCode: '1123100000000000014000118004001', taskName: '不动产转移登记' };
  const service = {
    serviceName: '受理',
    servedAt: '2026-02-13T09:30:00+08:00',
    staff: TEST_STAFF,
    window: 'a01',
  };
  const applicant = { name, kind: 'natural-person', document, nationalAccount, mobile, agent };
  const put = (path: string, body: object) =>
    hall.call('PUT', path, { body, idempotencyKey: path.replaceAll('/', '-') });
  expect((await put('/v1/cases/P-1', { ...matter, applicant })).status).toBe(201);
  expect(
    (await put('/v1/cases/P-1/services/1', { ...service, applicant: { name, mobile: otherMobile } })).status,
  ).toBe(201);
  expect((await put('/v1/cases/P-1/services/2', service)).status).toBe(201);
  expect((await put('/v1/cases/P-2', { ...matter, applicant: { document, mobile } })).status).toBe(201);
  expect((await put('/v1/cases/P-2/services/1', service)).status).toBe(201);
  // Refused in every way a request can be.
  for (const body of [
    { ...matter, applicant: { ...applicant, birthday: '1990' } },
    { ...matter, applicant: { name, mobile: `${mobile}-${number}x` } },
    { ...matter, applicant: name },
    { applicant },
  ])
    expect((await hall.call('PUT', '/v1/cases/P-3', { body })).status).toBe(400);
  expect(
    (await hall.call('PUT', '/v1/cases/P-9/services/1', { body: { ...service, applicant } })).status,
  ).toBe(404);
  const same = { body: { ...matter, taskName: '另一事项', applicant }, idempotencyKey: '-v1-cases-P-1' };
  expect((await hall.call('PUT', '/v1/cases/P-1', same)).status).toBe(409);
  await vi.waitFor(
    async () => {
      const { refusals } = (await hall.call('GET', '/v1/status')).body as { refusals: { count: number } };
      expect(refusals.count).toBe(3);
    },
    { timeout: 10_000 },
  );

  // The write-ahead log included, while the gateway runs.
  const filter = (path: string) => !statSync(path).isSocket();
  cpSync(hall.config.dataFolder, join(copies, 'data'), { recursive: true, filter });
  const { folder } = await takeBackup({
    hall: 'test-hall',
    dataFolder: hall.config.dataFolder,
    chainKey: loadMasterKeys(hall.config.masterKeyFile).chain,
    into: join(copies, 'backups'),
    nowMs: Date.now(),
    onProgress: () => undefined,
  });
  backupFolder = folder;
});
afterAll(async () => {
  await hall.end();
  province.closeAllConnections();
  await new Promise((resolve) => province.close(resolve));
  rmSync(copies, { recursive: true });
});

const verified = (dataFolder: string) => {
  const masterKeys = loadMasterKeys(hall.config.masterKeyFile);
  const vault = openVault({ ...hall.config.personKeys, keys: masterKeys });
  try {
    const isKept = (person: string) => vault.state(person) === 'kept';
    const anchorFile = undefined;
    return verify({
      hall: 'test-hall',
      dataFolder,
      masterKeys,
      anchorFile,
      isKept,
      onProgress: () => undefined,
    });
  } finally {
    vault.close();
  }
};

describe('personal data', () => {
  it('is found where it went in clear, so that the search is able to find it', () => {
    expect(foundIn(Buffer.from(received.join('')))).toEqual(SECRETS);
    expect(foundIn(Buffer.from(JSON.stringify({ x: Buffer.from(`ab${name}`).toString('base64') })))).toEqual([
      name,
    ]);
  });

  it('lies nowhere in clear: data folder, write-ahead log, backup, log, keys', () => {
    expect(readdirSync(join(copies, 'data')).some((file) => file.endsWith('-wal'))).toBe(true);
    expect(foundIn(bytesOf(copies))).toEqual([]);
    expect(foundIn(bytesOf(hall.config.personKeys.folder))).toEqual([]);
    expect(log.length).toBeGreaterThan(5);
    expect(foundIn(Buffer.concat(log))).toEqual([]);
  });

  it('leaves no key of a person in the data folder or a backup, in any form', () => {
    const vault = new Database(join(hall.config.personKeys.folder, VAULT_FILE), { readonly: true });
    const rows = vault.prepare('SELECT tag, sealed FROM person').all() as { tag: Buffer; sealed: Buffer }[];
    vault.close();
    // The applicant, the agent, and the applicant of the service, who gave no document.
    expect(rows).toHaveLength(3);
    const bytes = bytesOf(copies);
    for (const { tag, sealed } of rows)
      for (const part of [tag, sealed])
        for (const text of [part, part.toString('hex'), part.toString('base64').replace(/=+$/, '')])
          expect(bytes.includes(text)).toBe(false);
  });

  it('can be looked up with a reason, by a key that may, and the look-up is on record', async () => {
    const look = {
      body: { by: '李主任', reason: '差评回访' },
      headers: { authorization: `Bearer ${hall.readingKey}` },
    };
    const { status, body } = await hall.call('POST', '/v1/cases/P-1/look-up', look);
    expect(status).toBe(200);
    expect(body.applicants).toEqual([
      {
        assessNumber: null,
        forgotten: false,
        applicant: { name, kind: 'natural-person', document, nationalAccount, mobile, agent },
      },
      { assessNumber: 1, forgotten: false, applicant: { name, mobile: otherMobile } },
    ]);
    const database = new Database(join(hall.config.dataFolder, DATABASE_FILE), { readonly: true });
    const facts = database
      .prepare("SELECT kind, subject, body FROM fact WHERE kind LIKE 'person.%' ORDER BY id")
      .all() as {
      kind: string;
      subject: string;
      body: string;
    }[];
    database.close();
    expect(facts.map(({ kind, subject, body }) => [kind, subject, JSON.parse(body)])).toEqual([
      [
        'person.purpose',
        'upstream',
        { to: expect.stringMatching(/^province \(http\) to 127\.0\.0\.1:\d+$/) },
      ],
      [
        'person.looked-up',
        'P-1',
        {
          persons: expect.arrayContaining([expect.stringMatching(/^[0-9a-f]{32}$/)]),
          by: '李主任',
          reason: '差评回访',
          via: 'supervisor',
        },
      ],
    ]);
  });

  it('cannot be read on any copy once the person is forgotten, and verify passes on all of them', async () => {
    const persons = await openPersonDatabase(hall.config);
    const person = persons.personWith({ type: '111', number: '230103 19900101 1234' })!;
    expect(persons.casesOf(person)).toEqual(['P-1', 'P-2']);
    await persons.forget(person, { by: '李主任', reason: '本人申请删除' });
    expect(persons.personWith(document)).toBeUndefined();
    await persons.close();

    const shown = await hall.call('GET', '/v1/cases/P-1');
    expect(shown.body.applicant).toEqual({
      forgotten: true,
      agent: expect.objectContaining({ name: '司***' }),
    });
    const look = {
      body: { by: '李主任', reason: '再看' },
      headers: { authorization: `Bearer ${hall.readingKey}` },
    };
    const { body } = await hall.call('POST', '/v1/cases/P-2/look-up', look);
    expect(body.applicants).toEqual([{ assessNumber: null, forgotten: true, applicant: null }]);

    // Somebody with the copy, the backup, the master key and all that is left of the keys.
    await restoreBackup({
      hall: 'test-hall',
      dataFolder: join(copies, 'restored'),
      chainKey: loadMasterKeys(hall.config.masterKeyFile).chain,
      from: backupFolder,
      force: false,
      nowMs: Date.now(),
    });
    const vault = openVault({ ...hall.config.personKeys, keys: loadMasterKeys(hall.config.masterKeyFile) });
    for (const copy of ['data', 'restored']) {
      const database = new Database(join(copies, copy, DATABASE_FILE));
      const boxes = database
        .prepare('SELECT lower(hex(person)) AS person, box FROM person_record WHERE person = ?')
        .all(Buffer.from(person, 'hex')) as Pick<SealedPerson, 'person' | 'box'>[];
      database.close();
      expect(boxes).toHaveLength(2);
      expect(vault.open(boxes)).toEqual([{ state: 'forgotten' }, { state: 'forgotten' }]);
    }
    vault.close();
    expect(foundIn(bytesOf(copies))).toEqual([]);
    expect(foundIn(bytesOf(hall.config.dataFolder))).toEqual([]);

    for (const dataFolder of [hall.config.dataFolder, join(copies, 'data'), join(copies, 'restored')])
      expect(verified(dataFolder).findings).toEqual([]);
  });
});
