// The photos of staff, one a badge ID, as the evaluator shows them. That one was put or removed is a fact; the picture is
// not: a fact stays for ever, and a photo of a person must be one that can be deleted.
import type { CommandContext, Handlers } from './commands.ts';

export function makeStaffPhotoCommands({
  database,
  facts,
}: CommandContext): Pick<Handlers, 'put-staff-photo'> {
  const known = database.prepare('SELECT 1 FROM staff WHERE badge_id = ? LIMIT 1').pluck();
  const before = database.prepare('SELECT picture FROM staff_photo WHERE badge_id = ?').pluck();
  const put = database.prepare(
    'INSERT INTO staff_photo (badge_id, picture) VALUES (?, ?) ON CONFLICT (badge_id) DO UPDATE SET picture = excluded.picture',
  );
  const remove = database.prepare('DELETE FROM staff_photo WHERE badge_id = ?');

  return {
    'put-staff-photo'({ badgeId, picture, via, atMs }) {
      if (known.get(badgeId) === undefined) return { ok: false, code: 'staff.unknown' };
      const text = picture && JSON.stringify(picture);
      const present = before.get(badgeId) as string | undefined;
      if (present === text) return { ok: true, change: 'unchanged' };
      // The bytes of the one before are overwritten, which costs too much to do for everything.
      database.pragma('secure_delete = ON');
      if (text === undefined) remove.run(badgeId);
      else put.run(badgeId, text);
      database.pragma('secure_delete = OFF');
      const kind = text === undefined ? 'staff.photo-removed' : 'staff.photo-put';
      facts.append({ atMs, kind, subject: badgeId, body: { via } });
      return { ok: true, change: present === undefined ? 'created' : 'updated' };
    },
  };
}
