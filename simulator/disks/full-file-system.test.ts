// The real program on a file system that is really full: a small one in memory, mounted under its data folder and
// filled to the last byte. The system itself says so here, at whatever call it likes.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadMasterKeys } from '../../gateway/fleet/master-key.ts';
import type { DeviceIdentity } from '../../gateway/fleet/registry.ts';
import { makeApiKey } from '../../gateway/http/keys.ts';
import { firstBrokenFact } from '../../gateway/store/chain.ts';
import { openForWriting } from '../../gateway/store/open-database.ts';
import { connectDevice, type DeviceClient } from '../../gateway/testing/device-client.ts';
import {
  makeProgramFolder,
  type ProgramFolder,
  type RunningProgram,
} from '../../gateway/testing/gateway-program.ts';
import { needsToMount } from '../../scripts/testing/needs.ts';

const SIZE = '4m';
/** More than the file system holds. */
const RECORDS_LIMIT = 20_000;
const IN_FLIGHT = 16;
const POLL = { timeout: 20_000, interval: 50 };
const root = needsToMount();
const { key, keySha256 } = makeApiKey();

let hall: ProgramFolder;
let running: RunningProgram;
let identity: DeviceIdentity;
let device: DeviceClient;

const run = (program: string, args: string[]) => {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
};
const ballast = () => join(hall.dataFolder, 'ballast');
const storage = async () => {
  const answer = await fetch(`${running.httpUrl}/v1/status`, { headers: { authorization: `Bearer ${key}` } });
  return answer.ok ? ((await answer.json()) as { storage: object }).storage : answer.status;
};
const connect = async (conn: number) => {
  device = await connectDevice({ identity, port: running.mqttPort, boot: 1, conn });
};

/** Until the system says there is no room. */
function fill(): void {
  const file = openSync(ballast(), 'w');
  const page = Buffer.alloc(4096);
  try {
    for (;;) writeSync(file, page);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

describe.skipIf(root.skip)(root.title('a gateway whose file system is full to the last byte'), () => {
  beforeEach(async () => {
    hall = makeProgramFolder(
      `http: { host: 127.0.0.1, port: 0, apiKeys: [{ name: test, keySha256: ${keySha256} }] }\n`,
    );
    mkdirSync(hall.dataFolder);
    run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', hall.dataFolder]);
    [identity] = (await hall.register(['a01'])) as [DeviceIdentity];
    running = await hall.start();
    await connect(1);
  });
  afterEach(async () => {
    await device.end();
    running.child.kill('SIGKILL');
    await running.exited;
    run('umount', [hall.dataFolder]);
    hall.remove();
  });

  it('acknowledges nothing it could not keep, and takes everything once there is room, without a restart', async () => {
    await device.sendRecord(device.sign({ seq: 1 }));
    fill();
    const promised = new Set([1]);
    let next = 2;
    // What still fits is stored and may be acknowledged; then comes the first that does not.
    const lane = async () => {
      while (next < RECORDS_LIMIT) {
        const seq = next;
        next += 1;
        await device.sendRecord(device.sign({ seq }));
        promised.add(seq);
      }
    };
    const lanes = Promise.allSettled(Array.from({ length: IN_FLIGHT }, lane));
    await new Promise<void>((resolve) => device.mqtt.once('close', () => resolve()));
    await device.end();
    await lanes;
    expect(next).toBeLessThan(RECORDS_LIMIT);
    for (const { kind, message } of device.received)
      if (kind === 'ack') for (let seq = 1; seq <= Number(message.upTo); seq += 1) promised.add(seq);

    rmSync(ballast());
    // Making up for a failed commit may find room by itself; from now on there is some in any case.
    await expect
      .poll(storage, POLL)
      .toMatchObject({ takesCommits: true, failedCommits: expect.toSatisfy((count: number) => count > 0) });
    await connect(2);
    await device.sayHello({ next });
    const { message } = await device.waitFor(({ kind }) => kind === 'ack');
    const kept = Number(message.upTo);
    for (const seq of promised) expect(seq).toBeLessThanOrEqual(kept);
    for (let seq = kept + 1; seq <= next; seq += 1) await device.sendRecord(device.sign({ seq }));
    await device.waitFor((received) => received.kind === 'ack' && received.message.upTo === next);
    expect(running.child.exitCode).toBe(null);

    const ended = running.exited;
    running.child.kill('SIGKILL');
    await ended;
    const database = openForWriting(hall.dataFolder);
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(firstBrokenFact(database, loadMasterKeys(hall.masterKeyFile).chain)).toBeUndefined();
    const stored = database.prepare('SELECT seq FROM press ORDER BY seq').pluck().all();
    database.close();
    expect(stored).toEqual(Array.from({ length: next }, (_, index) => index + 1));
  }, 60_000);
});
