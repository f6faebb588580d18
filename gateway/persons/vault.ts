// The keys of persons: one random key each, sealed under the master key, in a small database of its own outside
// the data folder and outside every backup. Seals and opens personal data; forgetting a person destroys that key
// and everything by which the person could be recognised, in the file and in its copy. Synchronous: see persons.ts.
import { createHmac, randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { seal, unseal } from '../fleet/master-key.ts';
import type { PersonalRecord, SealedPerson } from './applicant.ts';

export const VAULT_FILE = 'person-keys.sqlite';
const BUSY_LIMIT_MS = 5000;
const PERSON_BYTES = 16;
const KEY_BYTES = 32;
const MARK_BYTES = 16;
/** Lengths are told in steps only: the exact one would tell the length of a name. */
const PADDING_BYTES = 64;
const BOX_LABEL = 'box';
const MARK_LABEL = 'mark';

export interface VaultOptions {
  folder: string;
  /** A second folder, best on another disk: every key is in both before it is used, and destroyed in both. */
  copyFolder: string | undefined;
  keys: VaultKeys;
}

/** Derived from the master key. */
export interface VaultKeys {
  personSeal: Uint8Array;
  personTag: Uint8Array;
}

/** Content, or why there is none: its key was destroyed, or this vault never had it. */
export type Opened = { state: 'open'; content: object } | { state: 'forgotten' | 'unknown' };

export interface Vault {
  /** Recognises persons or makes their keys, all in one commit. */
  seal(records: readonly PersonalRecord[]): SealedPerson[];
  open(sealed: readonly Pick<SealedPerson, 'person' | 'box'>[]): Opened[];
  /** The person with that identity, undefined if there is none or no more. */
  find(identity: string): string | undefined;
  /** Whether there was a key to destroy. */
  forget(person: string): boolean;
  state(person: string): 'kept' | 'forgotten' | 'unknown';
  close(): void;
}

/** A sentence for a person who can mend it. */
export class VaultError extends Error {}

// A row whose key was destroyed stays, so that "forgotten" and "lost" can be told apart; its id is random.
const TABLES = (schema: string) => `
CREATE TABLE IF NOT EXISTS ${schema}.person (id BLOB PRIMARY KEY, tag BLOB UNIQUE, sealed BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ${schema}.vault (proof BLOB NOT NULL);`;
const PROOF_OWNER = 'person-keys';

export function vaultExists({ folder, copyFolder }: Pick<VaultOptions, 'folder' | 'copyFolder'>): boolean {
  return [folder, copyFolder].some((path) => path !== undefined && existsSync(join(path, VAULT_FILE)));
}

export function openVault({ folder, copyFolder, keys }: VaultOptions): Vault {
  const database = openFile(folder);
  try {
    const schemas = ['main'];
    if (copyFolder !== undefined) {
      makeFile(copyFolder);
      database.prepare('ATTACH ? AS copy').run(join(copyFolder, VAULT_FILE));
      schemas.push('copy');
    }
    for (const schema of schemas) {
      // No write-ahead log: a key that was destroyed must not live on in one. A key is on disk before it is used.
      database.pragma(`${schema}.journal_mode = DELETE`);
      database.pragma(`${schema}.synchronous = EXTRA`);
      database.pragma(`${schema}.secure_delete = ON`);
    }
    prepare(database, schemas, keys);
    return makeVault(database, schemas, keys);
  } catch (error) {
    database.close();
    if (error instanceof VaultError) throw error;
    throw new VaultError(
      `The keys of persons in ${folder} cannot be used: ${(error as Error).message}. Bring back the folder, or its copy.`,
    );
  }
}

function openFile(folder: string): Database.Database {
  try {
    makeFile(folder);
    return new Database(join(folder, VAULT_FILE), { timeout: BUSY_LIMIT_MS });
  } catch (error) {
    throw new VaultError(
      `Cannot use the folder of the keys of persons ${folder}: ${(error as Error).message}. Create it, let the account running the gateway write to it, or set personKeys.folder.`,
    );
  }
}

/** Readable by its owner only, and its name on disk. */
function makeFile(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, VAULT_FILE);
  if (existsSync(file)) return;
  for (const handle of [openSync(file, 'a', 0o600), openSync(folder, 'r')]) {
    fsyncSync(handle);
    closeSync(handle);
  }
}

function prepare(database: Database.Database, schemas: readonly string[], keys: VaultKeys): void {
  const destroyed = database.transaction(() => {
    let changes = 0;
    for (const schema of schemas) {
      database.exec(TABLES(schema));
      const proof = database.prepare(`SELECT proof FROM ${schema}.vault`).pluck().get() as Buffer | undefined;
      if (proof) requireRightKey(proof, keys);
      else
        database
          .prepare(`INSERT INTO ${schema}.vault (proof) VALUES (?)`)
          .run(seal(keys.personSeal, Buffer.from(PROOF_OWNER), PROOF_OWNER));
    }
    // What one of the two lacks, because it was brought back or was away, comes from the other; destroyed is destroyed.
    if (schemas.length === 2)
      for (const [to, from] of [
        ['main', 'copy'],
        ['copy', 'main'],
      ]) {
        database.exec(`INSERT OR IGNORE INTO ${to}.person SELECT * FROM ${from}.person`);
        const destroy = `UPDATE ${to}.person SET tag = NULL, sealed = NULL
          WHERE sealed IS NOT NULL AND id IN (SELECT id FROM ${from}.person WHERE sealed IS NULL)`;
        changes += database.prepare(destroy).run().changes;
      }
    return changes;
  })();
  if (destroyed > 0) writeAnew(database, schemas);
}

/** Pages that were split keep stale cells which secure_delete does not reach. */
function writeAnew(database: Database.Database, schemas: readonly string[]): void {
  for (const schema of schemas) database.exec(`VACUUM ${schema}`);
}

function requireRightKey(proof: Buffer, keys: VaultKeys): void {
  try {
    unseal(keys.personSeal, proof, PROOF_OWNER);
  } catch {
    throw new VaultError(
      'The keys of persons were sealed under another master key. Bring back the master key or the folder that belong together.',
    );
  }
}

function makeVault(database: Database.Database, schemas: readonly string[], keys: VaultKeys): Vault {
  interface Row {
    id: Buffer;
    sealed: Buffer | null;
  }
  const byTag = database.prepare('SELECT id, sealed FROM main.person WHERE tag = ?');
  const byId = database.prepare('SELECT id, sealed FROM main.person WHERE id = ?');
  const inserts = schemas.map((schema) =>
    database.prepare(`INSERT INTO ${schema}.person (id, tag, sealed) VALUES (?, ?, ?)`),
  );
  const destroys = schemas.map((schema) =>
    database.prepare(`UPDATE ${schema}.person SET tag = NULL, sealed = NULL WHERE id = ?`),
  );

  const tagOf = (identity: string) => hmac(keys.personTag, identity);
  const keyOf = ({ id, sealed }: Row) => unseal(keys.personSeal, sealed!, id.toString('hex'));

  const recognise = (identity: string): { person: string; key: Buffer } => {
    const tag = tagOf(identity);
    const known = byTag.get(tag) as Row | undefined;
    if (known) return { person: known.id.toString('hex'), key: keyOf(known) };
    const id = randomBytes(PERSON_BYTES);
    const key = randomBytes(KEY_BYTES);
    const person = id.toString('hex');
    const sealed = seal(keys.personSeal, key, person);
    for (const insert of inserts) insert.run(id, tag, sealed);
    return { person, key };
  };

  return {
    seal: database.transaction((records: readonly PersonalRecord[]) =>
      records.map(({ identity, content }) => {
        const { person, key } = recognise(identity);
        const text = Buffer.from(JSON.stringify(content));
        const padded = Buffer.alloc(Math.ceil(text.length / PADDING_BYTES) * PADDING_BYTES, ' ');
        text.copy(padded);
        const mark = hmac(hmac(key, MARK_LABEL), padded).subarray(0, MARK_BYTES).toString('hex');
        return { person, box: seal(hmac(key, BOX_LABEL), padded, person).toString('base64'), mark };
      }),
    ).immediate,
    open: (sealed) =>
      sealed.map(({ person, box }) => {
        const row = byId.get(Buffer.from(person, 'hex')) as Row | undefined;
        if (!row) return { state: 'unknown' };
        if (!row.sealed) return { state: 'forgotten' };
        const content = unseal(hmac(keyOf(row), BOX_LABEL), Buffer.from(box, 'base64'), person);
        return { state: 'open', content: JSON.parse(content.toString()) as object };
      }),
    find(identity) {
      return (byTag.get(tagOf(identity)) as Row | undefined)?.id.toString('hex');
    },
    forget(person) {
      const id = Buffer.from(person, 'hex');
      const row = byId.get(id) as Row | undefined;
      const hadKey = row !== undefined && row.sealed !== null;
      database
        .transaction(() => {
          for (const destroy of destroys) destroy.run(id);
        })
        .immediate();
      writeAnew(database, schemas);
      return hadKey;
    },
    state(person) {
      const row = byId.get(Buffer.from(person, 'hex')) as Row | undefined;
      return !row ? 'unknown' : row.sealed ? 'kept' : 'forgotten';
    },
    close() {
      database.close();
    },
  };
}

const hmac = (key: Uint8Array, bytes: Uint8Array | string) =>
  createHmac('sha256', key).update(bytes).digest();
