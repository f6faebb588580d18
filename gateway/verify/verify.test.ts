// What somebody with full access to the machine's files, but without the master key, could do to a hall's records:
// each of it must be found.
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { appendAnchor } from '../anchor/anchor-file.ts';
import { loadMasterKeys } from '../fleet/master-key.ts';
import { openDeviceDatabase } from '../fleet-access.ts';
import { openPersonDatabase } from '../persons-access.ts';
import { chainOf, type FactRow, headKeyOf, headMacOf } from '../store/chain.ts';
import { DATABASE_FILE } from '../store/open-database.ts';
import { putCase, startTestHall, TEST_STAFF, type TestHall } from '../testing-hall.ts';
import type { FindingCode } from './findings.ts';
import { type Verification, verify } from './verify.ts';

let hall: TestHall;
let anchorFile: string;
let pressed: number;

beforeAll(async () => {
  hall = await startTestHall({ upstream: [{ id: 'files', kind: 'file', folder: 'exchange' }] });
  anchorFile = join(hall.folder, 'anchors.jsonl');
  const device = await hall.connect(await hall.register('a01', 'a01'));
  await device.sayHello();
  await putCase(hall, 'P-1', 3);
  for (let seq = 1; seq <= 3; seq += 1) {
    const services = [{ projectNo: 'P-1', assessNumber: seq }];
    const { body } = await hall.call('POST', '/v1/invitations', { body: { window: 'a01', services } });
    const invitation = body.invitation as string;
    await device.sendRecord(device.sign({ seq, level: seq, invitation }));
  }
  // A record that cannot be accepted, and two that the evaluator lost.
  await device.sendRecord({ ...device.sign({ seq: 4 }), level: 1 });
  await device.sayHello({ acked: 4, oldest: 5, next: 7, missing: [[5, 6]] });
  await device.waitFor(({ kind, message }) => kind === 'ack' && message.upTo === 6);
  await hall.call('PUT', '/v1/windows/a02/desk', { body: { staff: TEST_STAFF, paused: true } });
  await hall.call('POST', '/v1/cases/P-1/completion', { body: {} });
  const applicant = { name: '张三', document: { type: '111', number: '230103199001011234' } };
  await hall.call('PUT', '/v1/cases/P-2', { body: { taskCode: '1', taskName: '居住证签注', applicant } });
  const persons = await openPersonDatabase(hall.config);
  await persons.lookUp({ projectNo: 'P-2', by: '李主任', reason: '差评回访', via: 'command' });
  await persons.close();
  const backlog = async () => (await hall.call('GET', '/v1/status')).body.backlog;
  await vi.waitFor(async () => expect(await backlog()).toMatchObject({ records: 0 }), { timeout: 20_000 });
  await hall.gateway.stop();
  const open = await openDeviceDatabase(hall.config);
  const { reader, clock, masterKeys } = open;
  await appendAnchor({ file: anchorFile, hall: 'test-hall', reader, clock, anchorKey: masterKeys.anchor });
  await open.close();
  const database = new Database(join(hall.config.dataFolder, DATABASE_FILE), { readonly: true });
  pressed = database.prepare('SELECT id FROM press WHERE seq = 2').pluck().get() as number;
  database.close();
});
afterAll(() => hall.end());

/** Verifies a copy of the data folder after something was done to its file. */
function verifyAfter(
  damage: (database: Database.Database) => void,
  anchors: string | undefined = undefined,
): Verification {
  const dataFolder = mkdtempSync(join(tmpdir(), 'verify-'));
  try {
    cpSync(hall.config.dataFolder, dataFolder, { recursive: true });
    const database = new Database(join(dataFolder, DATABASE_FILE));
    database.pragma('foreign_keys = OFF');
    damage(database);
    database.close();
    return verify({
      hall: 'test-hall',
      dataFolder,
      masterKeys: loadMasterKeys(hall.config.masterKeyFile),
      anchorFile: anchors,
      isKept: () => false,
      onProgress: () => undefined,
    });
  } finally {
    rmSync(dataFolder, { recursive: true });
  }
}
const codes = (found: Verification) => Object.keys(found.counts).sort() as FindingCode[];
const sql = (text: string) => (database: Database.Database) => void database.exec(text);
const lastId = '(SELECT max(id) FROM fact)';

/** Every chain value anew under another key, as somebody without the right one would have to. */
function chainAnew(database: Database.Database, key: Uint8Array = Buffer.alloc(32, 7)): void {
  let chain: Uint8Array = Buffer.alloc(32);
  let id = 0;
  const set = database.prepare('UPDATE fact SET chain = ? WHERE id = ?');
  for (const row of database.prepare('SELECT * FROM fact ORDER BY id').all() as FactRow[]) {
    chain = chainOf(key, chain, row);
    id = row.id;
    set.run(chain, id);
  }
  database
    .prepare('UPDATE chain_head SET fact = ?, mac = ?')
    .run(id, headMacOf(headKeyOf(key), { id, chain }));
}

describe('verify', () => {
  it('finds nothing in a database that nobody touched', () => {
    const found = verifyAfter(() => undefined, anchorFile);
    expect(found.findings).toEqual([]);
    expect(found).toMatchObject({ signatures: 3, services: 3, anchored: 1 });
  });

  it('finds a changed level, in the fact and in the table, and by the signature even if the chain were made anew', () => {
    // The level is the byte behind the first 56 of what was signed.
    const inFact = `UPDATE fact SET body = CAST(substr(body, 1, 56) || x'05' || substr(body, 58) AS BLOB) WHERE id = ${pressed};`;
    const inTable = `UPDATE press SET level = 5 WHERE id = ${pressed};`;
    expect(codes(verifyAfter(sql(inTable)))).toEqual(['record.differs']);
    expect(codes(verifyAfter(sql(inFact)))).toEqual(['chain.changed', 'record.differs', 'signature.wrong']);
    expect(codes(verifyAfter(sql(inFact + inTable)))).toEqual(['chain.changed', 'signature.wrong']);
  });

  it('finds a record removed in the middle', () => {
    const remove = `DELETE FROM press WHERE id = ${pressed};`;
    expect(codes(verifyAfter(sql(remove)))).toContain('record.missing');
    expect(codes(verifyAfter(sql(`DELETE FROM fact WHERE id = ${pressed}; ${remove}`)))).toEqual(
      expect.arrayContaining(['chain.missing', 'evaluation.differs']),
    );
    const closed = `UPDATE fact SET id = id - 1 WHERE id > ${pressed}; UPDATE press SET id = id - 1 WHERE id > ${pressed};`;
    expect(codes(verifyAfter(sql(`DELETE FROM fact WHERE id = ${pressed}; ${remove} ${closed}`)))).toContain(
      'chain.changed',
    );
  });

  it('finds the last records removed, also when the note of the newest fact is set back or gone', () => {
    const remove = `DELETE FROM fact WHERE id > ${lastId} - 2;`;
    expect(codes(verifyAfter(sql(remove)))).toContain('chain.shortened');
    expect(codes(verifyAfter(sql(`${remove} UPDATE chain_head SET fact = ${lastId};`)))).toContain(
      'chain.head',
    );
    expect(codes(verifyAfter(sql(`${remove} DELETE FROM chain_head;`)))).toContain('chain.head');
    expect(codes(verifyAfter(sql(remove), anchorFile))).toContain('anchor.ahead');
  });

  it('finds an older state of the whole file put back, by the line that was anchored since', () => {
    const database = new Database(join(hall.config.dataFolder, DATABASE_FILE), { readonly: true });
    const anchored = database.prepare('SELECT max(id) FROM fact').pluck().get() as number;
    database.close();
    const older = verifyAfter((copy) => {
      const rows = copy.prepare('SELECT * FROM fact ORDER BY id').all() as FactRow[];
      const last = rows.at(-2)!;
      copy.exec(`DELETE FROM fact WHERE id > ${last.id}`);
      // As the file was after the fact before: made with the right key, because it was right then.
      const { chain } = loadMasterKeys(hall.config.masterKeyFile);
      copy.prepare('UPDATE chain_head SET fact = ?, mac = ?').run(last.id, headMacOf(headKeyOf(chain), last));
    }, anchorFile);
    expect(older.findings).toEqual([
      { code: 'anchor.ahead', where: expect.stringContaining(`fact ${anchored}, anchored `) },
    ]);
  });

  it('finds a record inserted with SQL', () => {
    const fact = `INSERT INTO fact SELECT ${lastId} + 1, at_ms, kind, subject, body, chain FROM fact WHERE id = ${pressed};`;
    const row = `CREATE TEMP TABLE made AS SELECT * FROM press WHERE id = ${pressed};
      UPDATE made SET id = ${lastId}, seq = seq + 90, level = 5; INSERT INTO press SELECT * FROM made;`;
    expect(codes(verifyAfter(sql(fact + row)))).toEqual(
      expect.arrayContaining(['chain.changed', 'chain.head', 'record.differs']),
    );
    expect(codes(verifyAfter(sql(row)))).toContain('record.invented');
  });

  it('finds a changed audit entry', () => {
    const found = verifyAfter(
      sql("UPDATE fact SET body = replace(body, '李主任', '王主任') WHERE kind = 'person.looked-up'"),
    );
    expect(found.findings).toEqual([
      { code: 'chain.changed', where: expect.stringContaining('person.looked-up, P-2') },
    ]);
  });

  it('finds the whole chain made anew without its key', () => {
    const found = verifyAfter((database) => chainAnew(database), anchorFile);
    expect(codes(found)).toEqual(['anchor.broken', 'chain.changed', 'chain.head']);
    expect(found.counts['chain.changed']).toBe(found.facts);
  });

  it('finds by what was anchored elsewhere that even the holder of the master key made the chain anew', () => {
    const found = verifyAfter((database) => {
      database.exec(
        "UPDATE fact SET body = replace(body, '差评回访', '抽样回访') WHERE kind = 'person.looked-up'",
      );
      chainAnew(database, loadMasterKeys(hall.config.masterKeyFile).chain);
    }, anchorFile);
    expect(codes(found)).toEqual(['anchor.broken']);
  });

  it('finds what counts, or a term, set by hand', () => {
    expect(
      codes(
        verifyAfter(
          sql(
            `UPDATE service_state SET effective_press = NULL
             WHERE service_no = (SELECT no FROM service_record WHERE project_no = 'P-1' AND assess_number = 2)`,
          ),
        ),
      ),
    ).toContain('evaluation.differs');
    expect(codes(verifyAfter(sql(`UPDATE outbox_row SET press = 0 WHERE press = ${pressed}`)))).toEqual([
      // Its key is another one then.
      'delivery.differs',
      'evaluation.differs',
      'outbox.differs',
    ]);
    expect(codes(verifyAfter(sql(`UPDATE press SET state = 'late' WHERE id = ${pressed}`)))).toEqual([
      'evaluation.differs',
    ]);
    expect(
      codes(
        verifyAfter(sql("UPDATE case_record SET term_ends_ms = term_ends_ms + 1 WHERE project_no = 'P-1'")),
      ),
    ).toEqual(['case.differs']);
    expect(codes(verifyAfter(sql('UPDATE service_state SET closed = 1 - closed')))).toEqual(['case.differs']);
    expect(
      codes(verifyAfter(sql("DELETE FROM service_record WHERE project_no = 'P-1' AND assess_number = 3"))),
    ).toContain('case.differs');
  });

  it.each<[FindingCode, string, string]>([
    ['quarantine.differs', 'an entry of the quarantine removed', 'DELETE FROM quarantine'],
    ['quarantine.differs', 'one changed', "UPDATE quarantine SET payload = replace(payload, 'seq', 'sek')"],
    [
      'quarantine.differs',
      'one made up',
      "INSERT INTO quarantine (device_no, seq, code, payload, at_ms) VALUES (1, 9, 'x', x'00', 1)",
    ],
    ['gap.differs', 'a gap removed', 'DELETE FROM gap'],
    ['gap.differs', 'a gap made wider', 'UPDATE gap SET last = last + 1'],
    ['gap.differs', 'a gap made up', 'INSERT INTO gap VALUES (1, 90, 99, 1)'],
    ['desk.differs', 'a desk changed', 'UPDATE desk SET paused = 0'],
    ['desk.differs', 'a desk removed', 'DELETE FROM desk'],
    ['desk.differs', 'a desk made up', "INSERT INTO desk (window, paused) VALUES ('a09', 0)"],
    ['outbox.differs', 'a row for upstream removed', 'DELETE FROM outbox_row WHERE id = 2'],
    [
      'outbox.differs',
      'one of another service',
      'UPDATE outbox_row SET service_no = service_no + 1 WHERE id = 2',
    ],
    [
      'outbox.differs',
      'one out of its order',
      'UPDATE outbox_row SET previous = id + 1 WHERE previous IS NOT NULL',
    ],
    ['outbox.differs', 'a revision changed', 'UPDATE outbox_row SET revision = 7 WHERE revision = 2'],
    [
      'delivery.differs',
      'a row that waits or was refused called delivered',
      'UPDATE outbox_row SET revision = 9 WHERE id = 1',
    ],
    [
      'delivery.differs',
      'a way upstream set forward',
      "UPDATE connector SET up_to = up_to - 1; INSERT INTO delivery SELECT max(o.id), c.no, 'waiting', 0, 0, NULL, NULL, NULL, 1 FROM outbox o, connector c",
    ],
  ])('finds by %s: %s', (code, _, damage) => {
    expect(codes(verifyAfter(sql(damage)))).toContain(code);
  });

  it('finds a line of the anchor file that was changed or made up', () => {
    const file = join(hall.folder, 'changed.jsonl');
    writeFileSync(file, readFileSync(anchorFile, 'utf8').replace(/"fact":\d+/, '"fact":3'));
    appendFileSync(file, 'nonsense\n');
    const found = verifyAfter(() => undefined, file);
    expect(found.counts).toEqual({ 'anchor.changed': 2 });
  });
});
