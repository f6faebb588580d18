// Commands about invitations. A batch is closed when it is invited; a new invitation at a window replaces the open one.
import type { CommandContext, Handlers, ServiceKey } from './commands.ts';
import { makeEffective } from './effective-services.ts';

type Invitations = Pick<Handlers, 'create-invitation' | 'cancel-invitation'>;
interface InvitationRow {
  window: string;
  state: 'open' | 'cancelled' | 'replaced' | 'evaluated';
}

export function makeInvitationCommands(context: CommandContext): Invitations {
  const { database, facts, ordinary } = context;
  const effective = makeEffective(context);
  const find = database.prepare('SELECT window, state FROM invitation WHERE handle = ?');
  const openAt = database
    .prepare(
      `SELECT i.handle FROM window_invitation w JOIN invitation i ON i.no = w.invitation_no
       WHERE w.window = ? AND i.state = 'open'`,
    )
    .pluck();
  const service = database.prepare(
    // A match is only inferred: whoever was matched may still be asked, and what is linked counts before it.
    `SELECT staff, effective_default OR effective_press IN
       (SELECT p.id FROM press p WHERE p.id = effective_press AND p.invitation <> x'0000000000000000') AS evaluated
     FROM service WHERE project_no = ? AND assess_number = ?`,
  );
  const setState = database.prepare(
    'UPDATE invitation_state SET state = ? WHERE invitation_no = (SELECT no FROM invitation_record WHERE handle = ?)',
  );
  const insert = database.prepare(
    'INSERT INTO invitation_record (handle, window, staff, created_ms, ends_ms) VALUES (?, ?, ?, ?, ?)',
  );
  const addState = database.prepare("INSERT INTO invitation_state (invitation_no, state) VALUES (?, 'open')");
  const setNewest = database.prepare(
    'INSERT INTO window_invitation (window, invitation_no) VALUES (?, ?) ON CONFLICT (window) DO UPDATE SET invitation_no = excluded.invitation_no',
  );
  const insertService = database.prepare(
    `INSERT INTO invitation_item (invitation_no, position, service_no)
     VALUES (?, ?, (SELECT no FROM service_record WHERE project_no = ? AND assess_number = ?))`,
  );

  // Where a restored database lacked the invitation when its press came: then it is no new one.
  const wasPressed = database
    .prepare(
      "SELECT 1 FROM press WHERE state IN ('unmatched', 'excluded') AND invitation = ? AND kind = 1 LIMIT 1",
    )
    .pluck();

  type Refusal = Extract<ReturnType<Invitations['create-invitation']>, { ok: false }>;
  const check = (services: ServiceKey[], handle: Buffer): { staff: Buffer } | Refusal => {
    const seen = new Set<string>();
    let staff: Buffer | undefined;
    for (const [index, key] of services.entries()) {
      const row = service.get(key.projectNo, key.assessNumber) as
        | { staff: Buffer; evaluated: number }
        | undefined;
      if (!row) return { ok: false, code: 'service.unknown', index };
      if (row.evaluated && wasPressed.get(handle) === undefined)
        return { ok: false, code: 'service.evaluated', index };
      const name = JSON.stringify([key.projectNo, key.assessNumber]);
      if (seen.has(name)) return { ok: false, code: 'service.repeated', index };
      seen.add(name);
      staff ??= row.staff;
    }
    if (!staff) throw new Error('an invitation names at least one service');
    return { staff };
  };

  return {
    'create-invitation'({ invitation, window, services, termSeconds, atMs }) {
      const handle = Buffer.from(invitation, 'hex');
      if (find.get(handle)) return { ok: true, replaced: undefined };
      const checked = check(services, handle);
      if (!('staff' in checked)) return checked;
      const replaced = openAt.get(window) as Buffer | undefined;
      if (replaced) {
        setState.run('replaced', replaced);
        facts.append({
          atMs,
          kind: 'invitation.replaced',
          subject: window,
          body: { invitation: replaced.toString('hex'), by: invitation },
        });
      }
      const { lastInsertRowid: no } = insert.run(
        handle,
        window,
        checked.staff,
        atMs,
        atMs + termSeconds * 1000,
      );
      addState.run(no);
      setNewest.run(window, no);
      services.forEach((key, position) => {
        insertService.run(no, position, key.projectNo, key.assessNumber);
      });
      facts.append({
        atMs,
        kind: 'invitation.created',
        subject: window,
        body: { invitation, services, staff: checked.staff.toString('hex'), termSeconds },
      });
      // A service leaves the batch of the invitation that was replaced, and may now wait for another case.
      effective.adopt(handle, atMs);
      if (replaced) effective.settleInvitation(replaced, atMs);
      // Its press comes soon, and then waits for nothing that could be read now.
      ordinary.lookAt(handle);
      return { ok: true, replaced: replaced?.toString('hex') };
    },

    'cancel-invitation'({ invitation, atMs }) {
      const handle = Buffer.from(invitation, 'hex');
      const row = find.get(handle) as InvitationRow | undefined;
      if (!row) return { ok: false, code: 'invitation.unknown' };
      if (row.state === 'evaluated') return { ok: false, code: 'invitation.evaluated' };
      if (row.state !== 'open') return { ok: true, window: row.window, change: 'unchanged' };
      setState.run('cancelled', handle);
      facts.append({ atMs, kind: 'invitation.cancelled', subject: row.window, body: { invitation } });
      effective.settleInvitation(handle, atMs);
      return { ok: true, window: row.window, change: 'updated' };
    },
  };
}
