// Commands about copies of the database: the start of a run, the epoch that a restored copy begins, and giving up on
// an evaluator that does not come back.
import { mark } from '../../marks.ts';
import type { CommandContext, Handlers } from './commands.ts';

type Epochs = Pick<Handlers, 'begin-run' | 'end-start-wait' | 'begin-epoch' | 'abandon-device'>;

export function makeEpochCommands({ database, meta, catchUp }: CommandContext): Epochs {
  const device = database.prepare('SELECT no FROM device WHERE id = ?').pluck();
  const endStartWaits = database.prepare('DELETE FROM start_wait');
  // One that never connected cannot be ahead of us.
  const waitAtStart = database.prepare(
    `INSERT INTO start_wait (device_no, since_ms) SELECT d.no, ? FROM device d
     WHERE d.revoked_ms IS NULL AND d.boot > 0
       AND NOT EXISTS (SELECT 1 FROM catch_up c WHERE c.device_no = d.no AND c.state = 'awaited')`,
  );

  return {
    'begin-run'({ atMs, defaultsHeldMs }) {
      meta.set('defaults-held', String(defaultsHeldMs));
      endStartWaits.run();
      return { awaited: waitAtStart.run(atMs).changes };
    },
    'end-start-wait'() {
      const silent = endStartWaits.run().changes;
      if (silent > 0) mark('start.wait-ended');
      return { silent };
    },
    'begin-epoch': ({ cause, atMs }) => catchUp.begin(cause, atMs),
    'abandon-device'({ id, by, reason, atMs }) {
      const deviceNo = device.get(id) as number | undefined;
      if (deviceNo === undefined) return { ok: false, code: 'device.unknown' };
      const changed = catchUp.abandon(deviceNo, { device: id, by, reason, atMs });
      return { ok: true, change: changed ? 'updated' : 'unchanged' };
    },
  };
}
