// More records than the gateway's bounds allow, over real connections to the real program, while its disk stalls: it
// must neither promise what is not on disk nor grow with what is sent, and take everything once the disk goes on.
// PROOF_OVERLOAD_DEVICES=160 reaches the bound of the writer as well.
import { afterEach, describe, expect, it } from 'vitest';
import { UNANSWERED_LIMIT_PACKETS } from '../../gateway/broker/mqtt-connection.ts';
import { UNDER_WAY_LIMIT_RECORDS } from '../../gateway/intake/intake.ts';
import { connectDevice, type DeviceClient } from '../../gateway/testing/device-client.ts';
import { makeFaultyDisk } from '../../gateway/testing/faulty-disk.ts';
import { makeProgramFolder, type ProgramFolder } from '../../gateway/testing/gateway-program.ts';
import { needs } from '../../scripts/testing/needs.ts';
import { accountOfDatabase } from '../kills/account.ts';
import { BOOT, makeEvaluatorJournal } from '../kills/evaluator-journal.ts';

const DEVICES = Number(process.env.PROOF_OVERLOAD_DEVICES ?? 8);
/** Node reads so much of a socket at once: what is in it is taken before the connection is held up. */
const READ_BYTES = 65_536;
const RECORD_BYTES = 300;
const UNANSWERED_LIMIT_OF_A_DEVICE = UNANSWERED_LIMIT_PACKETS + READ_BYTES / RECORD_BYTES;
const REACHED_RECORDS = Math.min(DEVICES * UNANSWERED_LIMIT_PACKETS, UNDER_WAY_LIMIT_RECORDS);
const BOUND_RECORDS = Math.min(DEVICES * UNANSWERED_LIMIT_OF_A_DEVICE, UNDER_WAY_LIMIT_RECORDS);
const RECORDS_OF_A_DEVICE = Math.ceil((2 * BOUND_RECORDS) / DEVICES);
/** Commands of the gateway's own, such as what a clock is due to do. */
const OWN_COMMANDS = 20;
/** Of the gateway, while it is held up. */
const GROWTH_LIMIT_MEGABYTES = 100;
/** Looks at a gateway that is held up. */
const LOOKS = 5;
const POLL = { timeout: 60_000, interval: 100 };
const gcc = needs('gcc');
let hall: ProgramFolder;
let devices: DeviceClient[];
afterEach(async () => {
  await Promise.all(devices.map((device) => device.end()));
  hall.remove();
});

describe.skipIf(gcc.skip)('a gateway that gets more than its disk takes', () => {
  it(gcc.title(
    'lets acknowledgements wait without growing, and has everything once when the disk goes on',
  ), async () => {
    devices = [];
    hall = makeProgramFolder();
    const disk = makeFaultyDisk(hall.folder);
    const identities = await hall.register(Array.from({ length: DEVICES }, (_, index) => `d${index}`));
    const running = await hall.start(disk.environment);
    const journals = identities.map(makeEvaluatorJournal);
    for (const identity of identities)
      devices.push(await connectDevice({ identity, port: running.mqttPort, boot: BOOT, conn: 1 }));
    const look = async () => {
      const text = await (await fetch(`${running.httpUrl}/metrics`)).text();
      const gaugeOf = (name: string) => Number(new RegExp(`^pingjia_${name} (\\S+)$`, 'm').exec(text)![1]);
      return { waiting: gaugeOf('writer_waiting_commands'), megabytes: gaugeOf('memory_bytes') / 1e6 };
    };
    const acks = () => devices.flatMap(({ received }) => received.filter(({ kind }) => kind === 'ack'));
    const before = await look();

    disk.fail('stall');
    const sending = Promise.allSettled(
      devices.flatMap((device, index) => {
        const journal = journals[index]!;
        return Array.from({ length: RECORDS_OF_A_DEVICE }, async (_, at) => {
          const record = journal.press({ level: 1 + (at % 5), wallMs: Date.now() });
          await device.sendRecord(record);
          journal.notePuback(record.seq);
        });
      }),
    );
    await expect.poll(async () => (await look()).waiting, POLL).toBeGreaterThanOrEqual(REACHED_RECORDS);
    let looks = 0;
    await expect
      .poll(async () => {
        const { waiting, megabytes } = await look();
        expect(waiting).toBeLessThanOrEqual(BOUND_RECORDS + OWN_COMMANDS);
        expect(megabytes - before.megabytes).toBeLessThan(GROWTH_LIMIT_MEGABYTES);
        looks += 1;
        return looks;
      }, POLL)
      .toBe(LOOKS);
    expect(acks()).toEqual([]);
    expect(journals.flatMap(({ promised }) => [...promised])).toEqual([]);

    disk.heal();
    await sending;
    await expect
      .poll(
        () => devices.filter(({ received }) => received.at(-1)?.message.upTo === RECORDS_OF_A_DEVICE).length,
        POLL,
      )
      .toBe(DEVICES);
    await Promise.all(devices.map((device) => device.end()));
    running.child.kill('SIGTERM');
    await running.exited;
    const { dataFolder, masterKeyFile } = hall;
    expect(accountOfDatabase({ dataFolder, masterKeyFile, hall: 'test-hall', journals })).toEqual({
      integrity: 'ok',
      findings: [],
      lost: [],
      doubled: [],
      invented: [],
      records: DEVICES * RECORDS_OF_A_DEVICE,
    });
  }, 180_000);
});
