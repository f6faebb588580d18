// The real program on a disk that fails: a library preloaded below SQLite lets syncing fail, or the disk be full,
// while a file says so. Real sockets, real commits.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadMasterKeys } from '../../gateway/fleet/master-key.ts';
import type { DeviceIdentity } from '../../gateway/fleet/registry.ts';
import { makeApiKey } from '../../gateway/http/keys.ts';
import { firstBrokenFact } from '../../gateway/store/chain.ts';
import { openForWriting } from '../../gateway/store/open-database.ts';
import { connectDevice, type DeviceClient } from '../../gateway/testing/device-client.ts';
import { type FaultyDisk, makeFaultyDisk } from '../../gateway/testing/faulty-disk.ts';
import {
  makeProgramFolder,
  type ProgramFolder,
  type RunningProgram,
} from '../../gateway/testing/gateway-program.ts';
import { needs } from '../../scripts/testing/needs.ts';

const gcc = needs('gcc');
const POLL = { timeout: 20_000, interval: 50 };
const { key, keySha256 } = makeApiKey();

let hall: ProgramFolder;
let running: RunningProgram;
let identity: DeviceIdentity;
let device: DeviceClient;
let disk: FaultyDisk;
let conn = 0;

const connect = async () => {
  conn += 1;
  device = await connectDevice({ identity, port: running.mqttPort, boot: 1, conn });
};
const readiness = async () => (await fetch(`${running.httpUrl}/readyz`)).status;
const storage = async () => {
  const answer = await fetch(`${running.httpUrl}/v1/status`, { headers: { authorization: `Bearer ${key}` } });
  return answer.ok ? ((await answer.json()) as { storage: object }).storage : answer.status;
};
const upToAtHello = async () => {
  await device.sayHello({ next: 100 });
  const { message } = await device.waitFor(({ kind }) => kind === 'ack');
  return message.upTo;
};

describe.skipIf(gcc.skip)(gcc.title('a gateway on a disk that fails'), () => {
  beforeEach(async () => {
    hall = makeProgramFolder(
      `http: { host: 127.0.0.1, port: 0, apiKeys: [{ name: test, keySha256: ${keySha256} }] }\n`,
    );
    disk = makeFaultyDisk(hall.folder);
    [identity] = (await hall.register(['a01'])) as [DeviceIdentity];
    running = await hall.start(disk.environment);
    await connect();
  });
  afterEach(async () => {
    await device.end();
    hall.remove();
  });

  for (const [fault, what] of [
    ['fsync', 'cannot be synced'],
    ['full', 'is full'],
  ] as const) {
    it(`acknowledges nothing while it ${what}, says so, and takes everything once it can again`, async () => {
      await device.sendRecord(device.sign({ seq: 1, boot: 1 }));
      disk.fail(fault);
      const unanswered = [2, 3].map((seq) => device.sendRecord(device.sign({ seq, boot: 1 })));
      const results = Promise.allSettled(unanswered);
      await new Promise<void>((resolve) => device.mqtt.once('close', () => resolve()));
      await device.end();
      expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await expect.poll(readiness, POLL).toBe(503);
      // Where the file cannot even be opened to read, the status says 503 as well.
      await expect
        .poll(storage, POLL)
        .toSatisfy((told) => told === 503 || (told as { takesCommits: boolean }).takesCommits === false);
      // Nor does it accept a connection, whose numbers it could not keep.
      await expect(connect()).rejects.toThrow();
      expect(device.received.filter(({ kind }) => kind === 'ack').map(({ message }) => message.upTo)).toEqual(
        [1],
      );

      disk.heal();
      await expect.poll(readiness, POLL).toBe(200);
      await connect();
      const before = await upToAtHello();
      for (const seq of [2, 3, 4]) await device.sendRecord(device.sign({ seq, boot: 1 }));
      await device.waitFor(({ kind, message }) => kind === 'ack' && message.upTo === 4);
      // Whether the failed commit reached the disk all the same, nobody knows before: both are right.
      expect([1, 3]).toContain(before);
      expect(await storage()).toEqual({ takesCommits: true, failedCommits: 1 });
      expect(running.child.exitCode).toBe(null);

      const ended = new Promise((resolve) => running.child.once('exit', resolve));
      running.child.kill('SIGKILL');
      await ended;
      const database = openForWriting(hall.dataFolder);
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
      expect(firstBrokenFact(database, loadMasterKeys(hall.masterKeyFile).chain)).toBeUndefined();
      expect(database.prepare('SELECT seq FROM press ORDER BY seq').pluck().all()).toEqual([1, 2, 3, 4]);
      database.close();
    });
  }
});
