// The gateway and Debian's own MQTT clients, which share no code with us.
import { execFile, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downFilters, topicOf } from '../../protocol/topics.ts';
import type { DeviceIdentity } from '../fleet/registry.ts';
import { connectCredentials, signRecord } from '../testing/device-client.ts';
import { startTestHall, type TestHall } from '../testing-hall.ts';

const isMissing = spawnSync('mosquitto_pub', ['--version']).error !== undefined;
const isSkipped = isMissing && process.env.CI !== 'true';
const RUN_LIMIT_MS = 10_000;

describe.skipIf(isSkipped)(
  `mosquitto_pub as an evaluator${isSkipped ? ' (skipped: needs mosquitto_pub)' : ''}`,
  () => {
    let hall: TestHall;
    let identity: DeviceIdentity;
    let other: DeviceIdentity;
    let boot = 0;

    beforeAll(async () => {
      hall = await startTestHall();
      identity = await hall.register('a01', 'a01');
      other = await hall.register('a02', 'a02');
    });
    afterAll(() => hall?.end());

    type Credentials = Awaited<ReturnType<typeof connectCredentials>>;
    const credentials = () => {
      boot += 1;
      return connectCredentials({ identity, port: hall.gateway.addresses.mqtt.port, boot, conn: 1 });
    };
    const identityArguments = ({ clientId, username, password }: Credentials) => {
      const { port } = hall.gateway.addresses.mqtt;
      return ['-h', '127.0.0.1', '-p', `${port}`, '-q', '1', '-i', clientId, '-u', username, '-P', password];
    };
    const run = (program: string, given: string[]) =>
      new Promise<number>((resolve) => {
        execFile(program, given, { timeout: RUN_LIMIT_MS }, (error) =>
          resolve(error ? Number(error.code ?? -1) : 0),
        );
      });
    /** 0 only after the PUBACK. */
    const publish = (own: Credentials, topic: string, payload: string) =>
      run('mosquitto_pub', [...identityArguments(own), '-t', topic, '-m', payload]);
    /** 0 only after the SUBACK of all. */
    const subscribe = (own: Credentials, topics: string[]) =>
      run('mosquitto_sub', [...identityArguments(own), '-E', ...topics.flatMap((topic) => ['-t', topic])]);
    const signed = ({ keys }: Credentials, fields: { seq: number; level?: number }) =>
      JSON.stringify(signRecord({ identity, keys }, fields));
    const evaluations = async () => (await hall.call('GET', '/v1/evaluations')).body.evaluations as object[];

    it('publishes a valid evaluation, which is stored when it exits', async () => {
      const own = await credentials();
      const record = signed(own, { seq: 1, level: 4 });
      expect(await publish(own, topicOf(identity, 'evaluation'), record)).toBe(0);
      expect(await evaluations()).toEqual([expect.objectContaining({ device: 'a01', seq: 1, level: 4 })]);
    });

    it('cannot connect with a wrong password, nor with a copy of an earlier connect', async () => {
      const own = await credentials();
      const topic = topicOf(identity, 'evaluation');
      const record = signed(own, { seq: 2 });
      const wrong = { ...own, password: own.password.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) };
      expect(await publish(wrong, topic, record)).not.toBe(0);
      expect(await publish(own, topic, record)).toBe(0);
      expect(await publish(own, topic, signed(own, { seq: 3 }))).not.toBe(0);
      expect(await evaluations()).toHaveLength(2);
    });

    it('cannot publish as another evaluator, and a forged acknowledgement never reaches one', async () => {
      const victim = await hall.connect(other);
      const forged = '0'.repeat(32) + JSON.stringify({ n: 99, upTo: 1000, epoch: 1 });
      for (const kind of ['evaluation', 'ack', 'card'] as const) {
        expect(await publish(await credentials(), topicOf(other, kind), forged)).not.toBe(0);
      }
      expect(await publish(await credentials(), topicOf(identity, 'ack'), forged)).not.toBe(0);
      let foreign = 0;
      victim.mqtt.on('message', (_, payload) => {
        if (payload.toString('latin1') === forged) foreign += 1;
      });
      await victim.sayHello();
      await victim.waitFor(({ kind }) => kind === 'ack');
      expect(foreign).toBe(0);
    });

    it('may listen to its own topics with mosquitto_sub, and to no others', async () => {
      expect(await subscribe(await credentials(), downFilters(identity))).toBe(0);
      expect(await subscribe(await credentials(), downFilters(other))).not.toBe(0);
      expect(await subscribe(await credentials(), ['#'])).not.toBe(0);
    });
  },
);
