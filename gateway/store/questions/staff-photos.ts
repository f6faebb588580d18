// Questions about the photos of staff.
import type Database from 'better-sqlite3';
import type { Image } from '../../../protocol/messages.ts';

export function makeStaffPhotoQuestions(database: Database.Database) {
  const photo = database.prepare('SELECT picture FROM staff_photo WHERE badge_id = ?').pluck();
  const known = database.prepare('SELECT 1 FROM staff WHERE badge_id = ? LIMIT 1').pluck();
  return {
    /** As the evaluator takes it. */
    staffPhoto(badgeId: string): Image | undefined {
      const text = photo.get(badgeId) as string | undefined;
      return text === undefined ? undefined : (JSON.parse(text) as Image);
    },
    staffIsKnown: (badgeId: string) => known.get(badgeId) !== undefined,
  };
}
