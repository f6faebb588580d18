// An evaluator with a worn chip, as some halls begin with one: few pages of its journal are left, there are records in
// them, and it was cut off before all of them were delivered.
import { loadMasterKeys } from '../../gateway/fleet/master-key.ts';
import { openStore } from '../../gateway/store/store.ts';
import { CHANGE_WINDOW_MS, type Level, NO_HANDLE } from '../../protocol/constants.ts';
import { deriveKeys, signEvaluation } from '../../protocol/keys.ts';
import { preparedRecord } from '../engines/prepared-flash.ts';
import { LINUX } from '../espruino/geometry.ts';
import type { SimulatedHall } from './hall.ts';
import { DAY_MS, type Plan } from './plan.ts';

const MINUTE_MS = 60_000;
/** Pages that a worn chip still has: the one written, the one kept erased, and one more. */
const WORN_PAGES = 3;
export const wornChip = (plan: Plan) => ({
  wallFromMs: plan.beginsMs - DAY_MS,
  retiredPages: LINUX.journal.bytes / LINUX.pageBytes - WORN_PAGES,
});

/** People were thanked for what a worn evaluator holds, and the gateway has some of it; then its cable was pulled. */
export function putIntoService(hall: SimulatedHall, worn: NonNullable<Plan['worn']>): void {
  const { world, plan, config, thanked } = hall;
  const { identity, cable } = hall.evaluators[worn.window]!;
  const { device, handle, key, gen } = identity;
  const { wallFromMs } = wornChip(plan);
  const keys = deriveKeys({ key: Buffer.from(key, 'hex'), deviceHandle: handle, gen });
  const store = openStore({
    dataFolder: config.dataFolder,
    chainKey: loadMasterKeys(config.masterKeyFile).chain,
  });
  for (let seq = 1; seq <= worn.records; seq += 1) {
    const record = preparedRecord({ seq, boot: 1, gen, wallFromMs });
    const { level, wall: pressedMs } = record;
    if (seq <= worn.acked)
      store.apply([
        {
          name: 'store-evaluation',
          input: {
            device,
            record: signEvaluation(keys, handle, record),
            receivedMs: plan.beginsMs - MINUTE_MS,
          },
        },
      ]);
    const seen = {
      device,
      seq,
      level: level as Level,
      keys: [level as Level],
      invitation: NO_HANDLE,
      boot: 1,
    };
    thanked.push({ ...seen, pressedMs, thankedMs: pressedMs + CHANGE_WINDOW_MS });
  }
  store.close();
  cable.pull();
  world.clock.after(worn.cutOffDays * DAY_MS, () => cable.plug());
}
