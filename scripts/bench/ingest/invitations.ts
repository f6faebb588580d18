// An invitation for each press that will be sent, straight into the gateway's tables and before the measured part, so
// that every press takes the full path: what counts for its service, and the row upstream gets.
import { createHash } from 'node:crypto';
import { openForWriting } from '../../../gateway/store/open-database.ts';

/** Records of evaluator `index` with the sequences after `from`, up to `to`. */
export interface InvitedRange {
  index: number;
  from: number;
  to: number;
}

/** 16 hexadecimal digits, scattered as those of a real hall are. */
export function invitationOf(index: number, seq: number): string {
  return createHash('sha256').update(`${index} ${seq}`).digest('hex').slice(0, 16);
}

const STAFF = Buffer.from('0102030405060708', 'hex');

/** In the order of the sequences, so that what is pressed at one time lies together as it does in a hall. */
export function inviteAll(dataFolder: string, ranges: readonly InvitedRange[], createdMs: number): void {
  const database = openForWriting(dataFolder);
  // All in memory until the commit: pages that leave early are written again and again.
  database.pragma('cache_size = -1000000');
  const staff = database.prepare(
    "INSERT INTO staff (handle, badge_id, name) VALUES (?, 'A1023', '张三') ON CONFLICT DO NOTHING",
  );
  const newest = database.prepare('SELECT coalesce(max(no), 0) FROM invitation_record').pluck();
  const addCase = database.prepare(
    `INSERT INTO case_record (project_no, body) VALUES (?, '{"taskCode":"1123100000000000014000118004001","taskName":"不动产转移登记"}')`,
  );
  const addService = database.prepare(
    `INSERT INTO service_record (no, project_no, assess_number, body, staff)
     VALUES (?, ?, 1, json_object('serviceName', '受理', 'servedAtMs', ?, 'window', ?), ?)`,
  );
  const addServiceState = database.prepare('INSERT INTO service_state (service_no) VALUES (?)');
  const addInvitation = database.prepare(
    'INSERT INTO invitation_record (no, handle, window, staff, created_ms, ends_ms) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const addInvitationState = database.prepare(
    "INSERT INTO invitation_state (invitation_no, state) VALUES (?, 'open')",
  );
  const link = database.prepare(
    'INSERT INTO invitation_item (invitation_no, position, service_no) VALUES (?, 0, ?)',
  );
  const endsMs = createdMs + 10 * 86_400_000;
  const invite = (no: number, { index, seq }: { index: number; seq: number }) => {
    const projectNo = `231000-2026-${String(no).padStart(8, '0')}`;
    const handle = Buffer.from(invitationOf(index, seq), 'hex');
    addCase.run(projectNo);
    addService.run(no, projectNo, createdMs, `w${index}`, STAFF);
    addServiceState.run(no);
    addInvitation.run(no, handle, `w${index}`, STAFF, createdMs, endsMs);
    addInvitationState.run(no);
    link.run(no, no);
  };
  try {
    database.transaction(() => {
      staff.run(STAFF);
      let no = newest.get() as number;
      const first = Math.min(...ranges.map(({ from }) => from)) + 1;
      const last = Math.max(...ranges.map(({ to }) => to));
      for (let seq = first; seq <= last; seq += 1)
        for (const { index, from, to } of ranges) if (seq > from && seq <= to) invite(++no, { index, seq });
    })();
    // What is measured must not wait for what was prepared, and meets a log as long as that of a hall that has run for
    // a while: each sync of one that grows takes half as long again.
    database.pragma('wal_checkpoint(RESTART)');
  } finally {
    database.close();
  }
}
