// Commands about evaluators themselves: registering, revoking, connecting, and what hello tells.
import type { CommandContext, Handlers } from './commands.ts';

/** Events kept of each device: some weeks of a healthy one, and the last hours of one that flaps. */
export const EVENTS_LIMIT = 1000;

type Fleet = Pick<
  Handlers,
  | 'register-device'
  | 'replace-device'
  | 'add-device-key'
  | 'note-device-event'
  | 'revoke-device'
  | 'accept-connect'
  | 'note-hello'
>;
interface DeviceRow {
  no: number;
  hall: string;
  window: string | null;
  revoked_ms: number | null;
  boot: number;
  conn: number;
  connect_gen: number;
}

export function makeFleetCommands({ database, facts, received, catchUp, devices }: CommandContext): Fleet {
  const byId = database.prepare(
    'SELECT no, hall, window, revoked_ms, boot, conn, connect_gen FROM device WHERE id = ?',
  );
  const atWindow = database.prepare(
    'SELECT id FROM device WHERE window = ? AND revoked_ms IS NULL AND retired_ms IS NULL',
  );
  const insert = database.prepare(
    'INSERT INTO device (id, hall, window, handle, registered_ms) VALUES (?, ?, ?, ?, ?)',
  );
  const insertKey = database.prepare('INSERT INTO device_key (device_no, gen, sealed) VALUES (?, ?, ?)');
  const revoke = database.prepare('UPDATE device SET revoked_ms = ? WHERE no = ?');
  const retire = database.prepare('UPDATE device SET retired_ms = ? WHERE no = ?');
  const insertEvent = database.prepare(
    'INSERT INTO device_event (device_no, at_ms, kind, detail) VALUES (?, ?, ?, ?)',
  );
  const dropEvents = database.prepare(
    `DELETE FROM device_event WHERE device_no = ? AND id <=
     (SELECT id FROM device_event WHERE device_no = ? ORDER BY id DESC LIMIT 1 OFFSET ${EVENTS_LIMIT})`,
  );
  const connect = database.prepare('UPDATE device SET boot = ?, conn = ?, connect_gen = ? WHERE no = ?');
  const noteBoot = database.prepare(
    'INSERT INTO device_boot (device_no, boot, started_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const insertGap = database.prepare(
    'INSERT INTO gap (device_no, first, last, at_ms) VALUES (?, ?, ?, ?) ON CONFLICT (device_no, first) DO UPDATE SET last = max(last, excluded.last)',
  );
  const find = (id: string) => byId.get(id) as DeviceRow | undefined;

  const revokeNow = (device: DeviceRow, { id, atMs }: { id: string; atMs: number }) => {
    if (device.revoked_ms !== null) return;
    revoke.run(atMs, device.no);
    facts.append({ atMs, kind: 'device.revoked', subject: id, body: {} });
  };

  return {
    'replace-device'({ old, id, handle, gen, sealedKey, revokesNow, atMs }) {
      const present = find(old);
      if (!present) return { ok: false, code: 'device.unknown' };
      if (present.revoked_ms !== null) return { ok: false, code: 'device.revoked' };
      if (find(id)) return { ok: false, code: 'device.exists' };
      const { hall, window } = present;
      if (revokesNow) revokeNow(present, { id: old, atMs });
      else retire.run(atMs, present.no);
      const { lastInsertRowid } = insert.run(id, hall, window, Buffer.from(handle, 'hex'), atMs);
      insertKey.run(lastInsertRowid, gen, sealedKey);
      const body = { window, handle, gen, replaces: old };
      facts.append({ atMs, kind: 'device.registered', subject: id, body });
      return { ok: true, window: window ?? undefined };
    },

    'add-device-key'({ device: id, gen, sealedKey, atMs }) {
      const device = find(id);
      if (!device) return { ok: false, code: 'device.unknown' };
      if (device.revoked_ms !== null) return { ok: false, code: 'device.revoked' };
      insertKey.run(device.no, gen, sealedKey);
      facts.append({ atMs, kind: 'device.key-made', subject: id, body: { gen } });
      return { ok: true };
    },

    'note-device-event'({ device: id, kind, detail, atMs }) {
      const device = find(id);
      if (!device) return {};
      insertEvent.run(device.no, atMs, kind, JSON.stringify(detail));
      dropEvents.run(device.no, device.no);
      return {};
    },

    'register-device'(input) {
      if (find(input.id)) return { ok: false, code: 'device.exists' };
      if (input.window !== undefined && atWindow.get(input.window))
        return { ok: false, code: 'window.occupied' };
      const { lastInsertRowid } = insert.run(
        input.id,
        input.hall,
        input.window ?? null,
        Buffer.from(input.handle, 'hex'),
        input.atMs,
      );
      insertKey.run(lastInsertRowid, input.gen, input.sealedKey);
      facts.append({
        atMs: input.atMs,
        kind: 'device.registered',
        subject: input.id,
        body: { window: input.window ?? null, handle: input.handle, gen: input.gen },
      });
      return { ok: true };
    },

    'revoke-device'(input) {
      const device = find(input.id);
      if (!device) return { ok: false, code: 'device.unknown' };
      revokeNow(device, input);
      return { ok: true };
    },

    'accept-connect'(input) {
      const device = find(input.device);
      if (!device) return { ok: false, code: 'connect.unknown-device' };
      if (device.revoked_ms !== null) return { ok: false, code: 'connect.revoked' };
      const { gen = 1 } = input;
      // A copy of the key before the present one is worth nothing any more.
      if (gen < device.connect_gen) return { ok: false, code: 'connect.revoked' };
      const later = input.boot > device.boot || (input.boot === device.boot && input.conn > device.conn);
      if (!later) return { ok: false, code: 'connect.replayed' };
      connect.run(input.boot, input.conn, gen, device.no);
      if (gen > device.connect_gen)
        facts.append({ atMs: input.atMs, kind: 'device.rekeyed', subject: input.device, body: { gen } });
      return { ok: true };
    },

    'note-hello'(input) {
      const device = find(input.device);
      if (!device) throw new Error(`hello of a device that is not registered: ${input.device}`);
      noteBoot.run(device.no, input.boot, input.atMs - input.uptime);
      devices.bootNoted(device.no);
      const acked = Math.min(input.acked, input.next - 1);
      const known = { deviceNo: device.no, acked, upTo: received.upTo(device.no) };
      const epochBegun = catchUp.showsOlderCopy(known);
      if (epochBegun)
        catchUp.begin({ kind: 'evaluator-ahead', device: input.device, acked, upTo: known.upTo }, input.atMs);
      const absent: [number, number][] = [
        [1, input.oldest - 1],
        ...input.missing.filter(([, last]) => last < input.next),
      ];
      const gaps = absent
        .map(([first, last]): [number, number] => [Math.max(first, received.upTo(device.no) + 1), last])
        .filter(([first, last]) => first <= last && !received.hasAll(device.no, first, last))
        .filter(([first, last]) => received.add(device.no, first, last));
      for (const [first, last] of gaps) {
        insertGap.run(device.no, first, last, input.atMs);
        facts.append({ atMs: input.atMs, kind: 'device.gap', subject: input.device, body: { first, last } });
      }
      const upTo = received.upTo(device.no);
      catchUp.heard({ ...known, upTo, device: input.device, next: input.next, atMs: input.atMs });
      const resendFrom = acked > upTo ? upTo + 1 : undefined;
      return { upTo, gaps, epoch: catchUp.epoch(), epochBegun, resendFrom };
    },
  };
}
