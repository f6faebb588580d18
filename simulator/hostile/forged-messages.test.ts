import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readJournalImage } from '../../device/flash/journal-format.ts';
import { openScreens } from '../../gateway/screens/screens.ts';
import { freeTcpAndUdpPort } from '../../gateway/testing/free-ports.ts';
import type { DownKind } from '../../protocol/constants.ts';
import {
  deriveKeys,
  deriveSessionKeys,
  evaluationIsSigned,
  type SessionKeys,
  sealEnvelope,
} from '../../protocol/keys.ts';
import type { Evaluation, Hello } from '../../protocol/messages.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { needs } from '../../scripts/testing/needs.ts';
import { NodeEngine } from '../engines/node-engine.ts';
import { LINUX } from '../espruino/geometry.ts';
import { answerProbes } from '../scripted-gateway/probe-answers.ts';
import { mosquittoPublish, type OpenBroker, startOpenMosquitto } from './mosquitto.ts';

const need = needs('mosquitto');
const WAIT = { timeout: 20_000, interval: 10 };
const identity = { hall: 'hall', device: 'dev-a', handle: '0123456789abcdef', key: '5a'.repeat(32), gen: 1 };
const keys = deriveKeys({ key: Buffer.from(identity.key, 'hex'), deviceHandle: identity.handle, gen: 1 });
const screens = openScreens({ onMissingGlyph: () => undefined });
const card = (invitation: string) => ({
  invitation,
  staff: '11'.repeat(8),
  term: 600,
  matter: screens.matter(['居住证签注']),
  who: screens.who({ name: '张三', badgeId: 'A1' }),
});

let folder: string;
let port: number;
let broker: OpenBroker;
let probes: Awaited<ReturnType<typeof answerProbes>>;
let observer: MqttClient;
let engine: NodeEngine;
let lines: string[];
let hellos: Hello[];
let records: Evaluation[];
let session: SessionKeys;
let counter: number;

const shows = (text: string) =>
  vi.waitFor(
    () =>
      expect(
        lines.some((line) => line.startsWith(text)),
        lines.join('\n'),
      ).toBe(true),
    WAIT,
  );
const topic = (kind: string) => `pingjia/1/hall/dev-a/${kind}`;
/** A stranger's message: nothing of the session is known to him. */
const forge = async (kind: DownKind, payload: string) =>
  expect(await mosquittoPublish({ port, topic: topic(kind), payload })).toBe(true);
const seal = (kind: DownKind, message: object, n = ++counter) =>
  sealEnvelope(session.down, kind, { n, ...message });
const send = (kind: DownKind, message: object) =>
  observer.publishAsync(topic(kind), seal(kind, message), { qos: 1 });
const journal = async () => {
  await engine.powerOff();
  return readJournalImage(await engine.readFlash(LINUX.journal.offset, LINUX.journal.bytes), LINUX.pageBytes)
    .records;
};

async function startEvaluator(): Promise<void> {
  const greeted = hellos.length;
  lines = [];
  await engine.powerOn();
  await vi.waitFor(() => expect(hellos.length).toBeGreaterThan(greeted), WAIT);
  const { boot, conn, nonce } = hellos.at(-1)!;
  session = deriveSessionKeys(keys, { deviceHandle: identity.handle, boot, conn, nonce });
  counter = 0;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forged-'));
  port = await freeTcpAndUdpPort();
  broker = await startOpenMosquitto({ folder, port });
  probes = await answerProbes(port);
  hellos = [];
  records = [];
  observer = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
  observer.on('message', (name, payload) => {
    const text = payload.toString('latin1');
    if (name === topic('hello')) hellos.push(JSON.parse(text.slice(32)) as Hello);
    if (name === topic('evaluation')) records.push(JSON.parse(text) as Evaluation);
  });
  await observer.subscribeAsync('pingjia/#', { qos: 1 });
  const settings = Buffer.from(JSON.stringify({ gateway: '127.0.0.1', port }));
  engine = new NodeEngine({
    folder: join(folder, 'device'),
    firmware: await loadFirmwareImage('linux'),
    extraFiles: { 'pj.net': settings },
  });
  lines = [];
  engine.onConsoleLine((line) => lines.push(line));
  await engine.powerOn();
  await shows('PJ1 screen unprovisioned');
  engine.prompt(`provision(${JSON.stringify(identity)})`);
  await vi.waitFor(() => expect(hellos).toHaveLength(1), WAIT);
  await engine.powerOff();
});
afterEach(async () => {
  await engine.powerOff();
  await observer.endAsync(true);
  await probes.close();
  await broker.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(need.skip)(need.title('an evaluator behind a broker that a stranger controls'), () => {
  it('shows no forged card, frees no record on a forged ack, and obeys the gateway all the same', async () => {
    await startEvaluator();
    const foreign = deriveSessionKeys(keys, {
      deviceHandle: identity.handle,
      boot: 1,
      conn: 99,
      nonce: '0'.repeat(32),
    });
    const bait = { n: 1, ...card('ee'.repeat(8)) };
    await forge('card', JSON.stringify(bait));
    await forge('card', '0'.repeat(32) + JSON.stringify(bait));
    await forge('card', sealEnvelope(foreign.down, 'card', bait));
    await forge('card', sealEnvelope(session.up, 'card', bait));
    await forge('card', 'x'.repeat(9000));
    await waitForNewSession();
    await send('card', card('aa'.repeat(8)));
    await shows('PJ1 screen card aaaaaaaaaaaaaaaa');
    expect(lines.join('\n')).not.toContain('eeeeeeee');

    // An acknowledgement that was heard: none with its counter or a smaller one counts again.
    await send('ack', { upTo: 0, epoch: 1 });
    engine.prompt('press(2)');
    await shows('PJ1 thanked 1');
    await vi.waitFor(() => expect(records).not.toHaveLength(0), WAIT);
    expect(records[0]).toMatchObject({ seq: 1, level: 2, invitation: 'aa'.repeat(8) });
    expect(evaluationIsSigned(keys, identity.handle, records[0]!)).toBe(true);

    await forge('ack', JSON.stringify({ n: 50, upTo: 1, epoch: 1 }));
    await forge('ack', sealEnvelope(foreign.down, 'ack', { n: 50, upTo: 1, epoch: 1 }));
    await forge('ack', seal('card', { upTo: 1, epoch: 1 }));
    await forge('ack', seal('ack', { upTo: 1, epoch: 1 }, 1));
    await forge('control', JSON.stringify({ n: 60, do: 'reboot' }));
    await send('card', card('bb'.repeat(8)));
    await shows('PJ1 screen card bbbbbbbbbbbbbbbb');
    expect(await journal()).toMatchObject([{ seq: 1, level: 2, acked: false }]);

    const before = records.length;
    await startEvaluator();
    await send('ack', { upTo: 0, epoch: 1 });
    await vi.waitFor(() => expect(records.length).toBeGreaterThan(before), WAIT);
    expect(hellos.at(-1)).toMatchObject({ acked: 0, oldest: 1, next: 2 });
    await send('ack', { upTo: 1, epoch: 1 });
    await send('card', card('cc'.repeat(8)));
    await shows('PJ1 screen card cccccccccccccccc');
    expect(await journal()).toMatchObject([{ seq: 1, level: 2, acked: true }]);
  });
});

/** A message beyond the limit ends the connection; the evaluator comes back by itself with a new session. */
async function waitForNewSession(): Promise<void> {
  await vi.waitFor(() => expect(hellos.length).toBeGreaterThan(2), WAIT);
  const { boot, conn, nonce } = hellos.at(-1)!;
  session = deriveSessionKeys(keys, { deviceHandle: identity.handle, boot, conn, nonce });
  counter = 0;
}
