// Commands about firmware updates: what was ordered for which device, and how it went. Orders and ends are facts;
// how far one is, is not.
import type { CommandContext, Handlers } from './commands.ts';

type Updates = Pick<Handlers, 'order-updates' | 'stop-updates' | 'note-update'>;

export function makeUpdateCommands({ database, facts }: CommandContext): Updates {
  const byId = database.prepare('SELECT no FROM device WHERE id = ? AND revoked_ms IS NULL').pluck();
  const put = database.prepare(`
    INSERT INTO device_update (device_no, version, forced, state, offset, ordered_ms, changed_ms)
    VALUES (?, ?, ?, 'ordered', 0, ?, ?)
    ON CONFLICT (device_no) DO UPDATE SET version = excluded.version, forced = excluded.forced, state = 'ordered',
      code = NULL, offset = 0, ordered_ms = excluded.ordered_ms, changed_ms = excluded.changed_ms`);
  const current = database.prepare('SELECT version, state FROM device_update WHERE device_no = ?');
  const note = database.prepare(
    'UPDATE device_update SET state = ?, code = ?, offset = ?, changed_ms = ? WHERE device_no = ?',
  );

  return {
    'order-updates'({ devices, version, forced, atMs }) {
      const unknown = devices.filter((id) => byId.get(id) === undefined);
      if (unknown.length > 0) return { ok: false, code: 'device.unknown', devices: unknown };
      for (const id of devices) {
        put.run(byId.get(id), version, forced ? 1 : 0, atMs, atMs);
        facts.append({ atMs, kind: 'update.ordered', subject: id, body: { version, forced } });
      }
      return { ok: true };
    },

    'stop-updates'({ devices, atMs }) {
      const stopped: string[] = [];
      const installing: string[] = [];
      for (const id of devices) {
        const no = byId.get(id);
        const row = current.get(no) as { version: string; state: string } | undefined;
        if (row?.state === 'installing') installing.push(id);
        if (row?.state !== 'ordered' && row?.state !== 'sending') continue;
        note.run('stopped', null, 0, atMs, no);
        facts.append({ atMs, kind: 'update.stopped', subject: id, body: { version: row.version } });
        stopped.push(id);
      }
      return { stopped, installing };
    },

    'note-update'({ device, version, state, code, offset, atMs }) {
      const no = byId.get(device);
      const row = current.get(no) as { version: string; state: string } | undefined;
      if (!row || row.version !== version) return {};
      // What was on its way when it was stopped begins nothing; what the device installed all the same is told.
      if (row.state === 'stopped' && state === 'sending') return {};
      if (row.state !== state) {
        const body = code === undefined ? { version } : { version, code };
        facts.append({ atMs, kind: `update.${state}`, subject: device, body });
      }
      note.run(state, code ?? null, offset, atMs, no);
      return {};
    },
  };
}
