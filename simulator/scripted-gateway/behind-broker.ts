// The gateway's side behind a foreign broker, as an MQTT client: meets evaluators by their hello, verifies what they
// send and acknowledges it. Keeps every record by its sequence; a second one that differs is remembered as such.
import mqtt from 'mqtt';
import {
  deriveKeys,
  deriveSessionKeys,
  evaluationIsSigned,
  openEnvelope,
  sealEnvelope,
} from '../../protocol/keys.ts';
import type { Evaluation, Hello } from '../../protocol/messages.ts';
import type { ScriptedDevice } from './scripted-gateway.ts';

export interface BehindBroker {
  readonly hellos: readonly Hello[];
  /** By sequence, as they were first. */
  readonly records: ReadonlyMap<number, Evaluation>;
  /** Records that came again, and those that came again different or were not signed. */
  readonly again: number;
  readonly wrong: readonly Evaluation[];
  end(): Promise<void>;
}

export interface BehindBrokerOptions {
  port: number;
  device: ScriptedDevice;
}

export async function stayBehindBroker({ port, device }: BehindBrokerOptions): Promise<BehindBroker> {
  const prefix = `pingjia/1/${device.hall}/${device.device}/`;
  const keys = deriveKeys({
    key: Buffer.from(device.key, 'hex'),
    deviceHandle: device.handle,
    gen: device.gen,
  });
  const hellos: Hello[] = [];
  const records = new Map<number, Evaluation>();
  const wrong: Evaluation[] = [];
  let again = 0;
  let upTo = 0;
  let send: ((kind: 'ack' | 'time', message: object) => void) | undefined;
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: 'gateway' }, false);

  const onHello = (hello: Hello) => {
    hellos.push(hello);
    const { boot, conn, nonce } = hello;
    const session = deriveSessionKeys(keys, { deviceHandle: device.handle, boot, conn, nonce });
    let n = 0;
    send = (kind, message) => {
      n += 1;
      client.publish(prefix + kind, sealEnvelope(session.down, kind, { n, ...message }), { qos: 1 });
    };
    send('time', { echo: hello.uptime, wall: Date.UTC(2026, 1, 13, 1) });
    send('ack', { upTo, epoch: 1 });
  };

  client.on('message', (topic, payload) => {
    const text = payload.toString('latin1');
    if (topic === `${prefix}hello`) {
      const { boot, conn, nonce } = JSON.parse(text.slice(32)) as Hello;
      const session = deriveSessionKeys(keys, { deviceHandle: device.handle, boot, conn, nonce });
      const body = openEnvelope(session.up, 'hello', text);
      if (body !== undefined) onHello(JSON.parse(body) as Hello);
    } else if (topic === `${prefix}evaluation`) {
      const record = JSON.parse(text) as Evaluation;
      const known = records.get(record.seq);
      if (!evaluationIsSigned(keys, device.handle, record) || (known && known.sig !== record.sig))
        wrong.push(record);
      else if (known) again += 1;
      else records.set(record.seq, record);
      while (records.has(upTo + 1)) upTo += 1;
      send?.('ack', { upTo, epoch: 1 });
    }
  });
  await client.subscribeAsync('pingjia/#', { qos: 1 });
  return {
    hellos,
    records,
    wrong,
    get again() {
      return again;
    },
    end: () => client.endAsync(true),
  };
}
