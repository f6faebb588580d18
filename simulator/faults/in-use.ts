// An evaluator that was in use before the run, as some halls begin with one: there are records in its journal, people
// were thanked for them, and the gateway has some of them. Its chip may be worn, and a record of it may have rotted.
import { loadMasterKeys } from '../../gateway/fleet/master-key.ts';
import { openStore } from '../../gateway/store/store.ts';
import { CHANGE_WINDOW_MS, type Level, NO_HANDLE } from '../../protocol/constants.ts';
import { deriveKeys, signEvaluation } from '../../protocol/keys.ts';
import { preparedRecord } from '../engines/prepared-flash.ts';
import { endMeddling } from '../world/meddler.ts';
import type { SimulatedHall } from './hall.ts';
import type { JournalInUse, Plan } from './plan.ts';
import { rotRecord } from './rotten-flash.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What its flash holds at the beginning. */
export const journalBefore = ({ beginsMs }: Plan, { records, acked, retiredPages }: JournalInUse) => ({
  records,
  acked,
  retiredPages,
  wallFromMs: beginsMs - DAY_MS,
});

export function putIntoService(hall: SimulatedHall, inUse: JournalInUse): void {
  const { world, plan, thanked } = hall;
  const evaluator = hall.evaluators[inUse.window]!;
  const { device, gen } = evaluator.identity;
  const { wallFromMs } = journalBefore(plan, inUse);
  const records = Array.from({ length: inUse.records }, (_, index) =>
    preparedRecord({ seq: index + 1, boot: 1, gen, wallFromMs }),
  );
  for (const { seq, level, wall: pressedMs } of records) {
    const seen = {
      device,
      seq,
      level: level as Level,
      keys: [level as Level],
      invitation: NO_HANDLE,
      // Before the first start that the world counts.
      boot: 0,
    };
    thanked.push({ ...seen, pressedMs, thankedMs: pressedMs + CHANGE_WINDOW_MS });
  }
  storeRecords(hall, { evaluator, records: records.slice(0, inUse.acked) });
  if (inUse.rottenRecord !== undefined) {
    rotRecord(evaluator.flash.image, inUse.rottenRecord, world.random('rotten record'));
    hall.rotted.push({ device, seq: inUse.rottenRecord });
  }
  if (inUse.behind === 'a pulled cable') {
    evaluator.cable.pull();
    world.clock.after(inUse.forDays * DAY_MS, () => evaluator.cable.plug());
  } else {
    evaluator.meddler.meddling = 'losing-broker';
    world.clock.after(inUse.forDays * DAY_MS, () => endMeddling(evaluator));
  }
}

function storeRecords(
  { config, plan }: SimulatedHall,
  given: { evaluator: SimulatedHall['evaluators'][number]; records: ReturnType<typeof preparedRecord>[] },
): void {
  const { device, handle, key, gen } = given.evaluator.identity;
  const keys = deriveKeys({ key: Buffer.from(key, 'hex'), deviceHandle: handle, gen });
  const store = openStore({
    dataFolder: config.dataFolder,
    chainKey: loadMasterKeys(config.masterKeyFile).chain,
  });
  for (const unsigned of given.records) {
    const record = signEvaluation(keys, handle, unsigned);
    const input = { device, record, receivedMs: plan.beginsMs - MINUTE_MS };
    store.apply([{ name: 'store-evaluation', input }]);
  }
  store.close();
}
