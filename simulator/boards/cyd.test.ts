// The firmware of the ESP32-2432S028R as it is built, before a real gateway: what a finger on its panel leads to.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openScreens } from '../../gateway/screens/screens.ts';
import { putCase, startTestHall, TEST_STAFF, type TestHall } from '../../gateway/testing-hall.ts';
import { nextLine } from '../../scripts/firmware/card-shown.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { ESP32, NodeEngine } from '../engines/node-engine.ts';
import type { HardwareEvent } from '../espruino/host.ts';

/** Of three boards, on a busy machine, where nothing is built yet. */
const FIRMWARE_BUILD_LIMIT_MS = 240_000;
const SPEAKER_PIN = 26;
const BACKLIGHT_PIN = 21;

let hall: TestHall;
let folder: string;
let engine: NodeEngine;
beforeAll(async () => {
  const firmware = await loadFirmwareImage('esp32-cyd');
  hall = await startTestHall({}, { openScreens });
  folder = mkdtempSync(join(tmpdir(), 'pingjia-cyd-'));
  const { port } = hall.gateway.addresses.mqtt;
  const settings = JSON.stringify({
    gateway: '127.0.0.1',
    port,
    wifi: 'hall',
    password: 'secret',
    voice: 20,
  });
  const extraFiles = { 'pj.net': Buffer.from(settings) };
  engine = new NodeEngine({ folder, firmware, extraFiles, geometry: ESP32, touchPanel: true });
}, FIRMWARE_BUILD_LIMIT_MS);
afterAll(async () => {
  await engine.powerOff();
  await hall.end();
  rmSync(folder, { recursive: true, force: true });
});

const shows = (start: string) => nextLine(engine, (line) => line.startsWith(`PJ1 ${start}`));

async function invite(projectNo: string): Promise<void> {
  await putCase(hall, projectNo);
  const shown = shows('screen card');
  const services = [{ projectNo, assessNumber: 1 }];
  const answer = await hall.call('POST', '/v1/invitations', { body: { window: 'a01', services } });
  expect(answer.status).toBe(201);
  await shown;
}

it('takes a touch of an option to a record at the gateway, with sound and light at the second look', async () => {
  const identity = await hall.register('a01', 'a01');
  await hall.call('PUT', '/v1/windows/a01/desk', { body: { staff: TEST_STAFF, paused: false } });
  const events: HardwareEvent[] = [];
  const spoken: string[] = [];
  engine.onHardware((event) => {
    events.push(event);
    if (event.kind === 'bus-write' && event.bus === 'Serial2')
      spoken.push(Buffer.from(event.bytes).toString('hex'));
  });
  const started = shows('screen unprovisioned');
  await engine.powerOn();
  await started;
  const online = shows('screen idle');
  engine.prompt(`provision(${JSON.stringify(identity)})`);
  await online;
  await invite('touched-1');
  const isLit = () =>
    events.some((event) => event.kind === 'digital' && event.pin === BACKLIGHT_PIN && event.value);
  await expect.poll(isLit).toBe(true);

  const chosen = shows('screen chosen');
  events.length = 0;
  engine.touch({ x: 96, y: 180, pressure: 1200 });
  await chosen;
  engine.touch(undefined);
  expect(await shows('thanked')).toBe('PJ1 thanked 1');
  const looks = events.filter((event) => event.kind === 'bus-write' && event.bus === 'SPI2');
  const light = events.findIndex((event) => event.kind === 'digital' && event.pin === 16 && !event.value);
  const looksBefore = events.slice(0, light).filter((event) => looks.includes(event));
  expect(looksBefore).toHaveLength(2);
  const toggles = events.filter((event) => event.kind === 'digital' && event.pin === SPEAKER_PIN);
  // How many, depends on how busy the machine is; each tone has one at least, and ends low.
  expect(toggles.length).toBeGreaterThanOrEqual(2);
  expect(toggles.at(-1)).toMatchObject({ value: false });

  await expect
    .poll(async () => (await hall.call('GET', '/v1/evaluations')).body.evaluations, { timeout: 15_000 })
    .toMatchObject([{ device: 'a01', level: 4 }]);
  // Volume 20, then the first and the second file of the Chinese folder: asked to evaluate, and thanked.
  await expect
    .poll(() => spoken.slice(-3))
    .toEqual(['7eff0606000014fee1ef', '7eff060f000101feeaef', '7eff060f000102fee9ef']);
}, 60_000);
