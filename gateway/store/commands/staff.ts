// The handle of a staff member by badge ID and name: made once, so that a press counts for who was shown.
import { randomBytes } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { StaffName } from './commands.ts';

export function makeStaff(database: Database.Database): (staff: StaffName) => Buffer {
  const find = database.prepare('SELECT handle FROM staff WHERE badge_id = ? AND name = ?').pluck();
  const insert = database.prepare('INSERT INTO staff (handle, badge_id, name) VALUES (?, ?, ?)');
  return ({ badgeId, name }) => {
    const known = find.get(badgeId, name) as Buffer | undefined;
    if (known) return known;
    const handle = randomBytes(8);
    insert.run(handle, badgeId, name);
    return handle;
  };
}
