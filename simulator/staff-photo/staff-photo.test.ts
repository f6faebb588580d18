import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCanvas } from '@napi-rs/canvas';
import { afterEach, expect, it } from 'vitest';
import { unshrink } from '../../gateway/screens/heatshrink.ts';
import { readPhoto } from '../../gateway/screens/photo.ts';
import { openScreens } from '../../gateway/screens/screens.ts';
import { startTestHall, TEST_STAFF, type TestHall } from '../../gateway/testing-hall.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { NodeEngine } from '../engines/node-engine.ts';
import { decompress } from '../espruino/heatshrink.ts';

const WAIT = { timeout: 20_000, interval: 20 };
const PANEL_ROW_BYTES = 320 * 2;
/** Where the idle screen has the photo (device/screen/idle.ts). */
const PHOTO_LEFT_PX = 316 - 80;
const PHOTO_TOP_PX = 100;

let hall: TestHall;
let engine: NodeEngine;
let folder: string;
afterEach(async () => {
  await engine?.powerOff();
  await hall?.end();
  rmSync(folder, { recursive: true, force: true });
});

function drawPortrait(): Buffer {
  const canvas = createCanvas(240, 320);
  const context = canvas.getContext('2d');
  const wall = context.createLinearGradient(0, 0, 240, 320);
  wall.addColorStop(0, '#fff');
  wall.addColorStop(1, '#889');
  context.fillStyle = wall;
  context.fillRect(0, 0, 240, 320);
  context.fillStyle = '#421';
  context.beginPath();
  context.ellipse(120, 140, 60, 80, 0, 0, 2 * Math.PI);
  context.fill();
  return canvas.toBuffer('image/jpeg');
}

it('the photo that a window system puts is what the evaluator shows, pixel by pixel, until it is removed', async () => {
  hall = await startTestHall({}, { openScreens });
  folder = mkdtempSync(join(tmpdir(), 'pingjia-photo-'));
  const settings = JSON.stringify({ gateway: '127.0.0.1', port: hall.gateway.addresses.mqtt.port });
  const firmware = await loadFirmwareImage('linux');
  engine = new NodeEngine({ folder, firmware, extraFiles: { 'pj.net': Buffer.from(settings) } });
  const pixels = new Uint8Array(PANEL_ROW_BYTES * 240);
  const lines: string[] = [];
  engine.onConsoleLine((line) => {
    lines.push(line);
    const [, kind, top, packed] = line.split(' ');
    if (kind === 'strip')
      pixels.set(decompress(Buffer.from(packed!, 'base64')), Number(top) * PANEL_ROW_BYTES);
  });
  const said = (text: string) => expect.poll(() => lines.includes(text), WAIT).toBe(true);
  const identity = await hall.register('a01', 'a01');
  await hall.call('PUT', '/v1/windows/a01/desk', { body: { staff: TEST_STAFF, paused: false } });
  await engine.powerOn();
  await said('PJ1 screen unprovisioned');
  engine.prompt(`provision(${JSON.stringify(identity)})`);
  await said('PJ1 screen idle');
  engine.prompt('mirror(true)');

  const photo = drawPortrait();
  const address = new URL(`/v1/staff/${TEST_STAFF.badgeId}/photo`, hall.gateway.addresses.http.url);
  const authorization = `Bearer ${hall.key}`;
  const put = await fetch(address, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'image/jpeg' },
    body: new Uint8Array(photo),
  });
  expect(put.status).toBe(200);
  const read = await readPhoto(photo);
  if (!read.ok) throw new Error(read.code);
  const wanted = [...unshrink(Buffer.from(read.picture.d, 'base64')).subarray(0, 960)];

  /** Black as ones, as the picture has it. */
  const shown = () =>
    Array.from({ length: 960 }, (_, byte) => {
      let bits = 0;
      for (let bit = 0; bit < 8; bit++) {
        const x = PHOTO_LEFT_PX + (byte % 10) * 8 + bit;
        const at = (PHOTO_TOP_PX + Math.floor(byte / 10)) * PANEL_ROW_BYTES + 2 * x;
        if (pixels[at] === 0 && pixels[at + 1] === 0) bits |= 0x80 >> bit;
      }
      return bits;
    });
  await expect.poll(shown, WAIT).toEqual(wanted);

  expect((await fetch(address, { method: 'DELETE', headers: { authorization } })).status).toBe(200);
  await expect.poll(() => shown().every((byte) => byte === 0), WAIT).toBe(true);
});
