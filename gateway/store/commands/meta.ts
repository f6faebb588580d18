// What the database says of itself, each by a name.
import type Database from 'better-sqlite3';

export interface Meta {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  unset(key: string): void;
}

export function makeMeta(database: Database.Database): Meta {
  const get = database.prepare('SELECT value FROM meta WHERE key = ?').pluck();
  const set = database.prepare(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const unset = database.prepare('DELETE FROM meta WHERE key = ?');
  return {
    get: (key) => get.get(key) as string | undefined,
    set: (key, value) => void set.run(key, value),
    unset: (key) => void unset.run(key),
  };
}
