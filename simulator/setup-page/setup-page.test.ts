import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testIdentity } from '../../device/flash/testing/flash-world.ts';
import { startMiniGateway } from '../../device/link/testing/node-mini-gateway.ts';
import { FLAG_OFFLINE, FLAG_UNLINKED, NO_HANDLE } from '../../protocol/constants.ts';
import { nextLine } from '../../scripts/firmware/card-shown.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import type { FirmwareImage } from '../engine.ts';
import { ESP32, NodeEngine } from '../engines/node-engine.ts';
import { createPacedClock } from '../engines/paced-clock.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const identity = { ...testIdentity, handle: hex(testIdentity.handle), key: hex(testIdentity.key) };
/** The hall has changed its Wi-Fi; the evaluator still has the old one. */
const network = { name: '大厅 new', password: 'new&secret' };

const STAFF = '11'.repeat(8);
const DOT = { w: 8, h: 1, d: 'wAA=' };
/** GPIO of boards/esp32-ili9341-pins.ts; pressed means to ground. */
const KEY_OF_LEVEL_2 = 33;
/** Half a minute of waiting after wrong codes is a few seconds. */
const SPEED = 8;

let firmware: FirmwareImage;
beforeAll(async () => {
  firmware = await loadFirmwareImage('esp32-ili9341');
}, 120_000);
let ending: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ending.reverse()) await end();
  ending = [];
});

/** Powered and given its identity, before a gateway of its own. */
async function startEvaluator(settings: { wifi: string; password: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-setup-'));
  ending.push(async () => rmSync(folder, { recursive: true, force: true }));
  const gateway = await startMiniGateway();
  ending.push(() => gateway.stop());
  const kept = { gateway: '127.0.0.1', port: gateway.port, setupMinutes: 0.2, ...settings };
  const wifi = { name: Buffer.from(network.name).toString('latin1'), password: network.password };
  const engine = new NodeEngine({
    folder,
    firmware,
    geometry: ESP32,
    wifi,
    clock: createPacedClock({ beginsMs: Date.now(), startMs: 0, speed: SPEED }),
    extraFiles: { 'pj.net': Buffer.from(JSON.stringify(kept)) },
  });
  ending.push(() => engine.powerOff());
  const line = (text: string) => nextLine(engine, (found) => found === `PJ1 ${text}`);
  const unprovisioned = line('screen unprovisioned');
  await engine.powerOn();
  await unprovisioned;
  engine.prompt(`provision(${JSON.stringify(identity)})`);
  return { engine, gateway, line };
}

async function startLostEvaluator() {
  const { engine, gateway, line } = await startEvaluator({ wifi: 'old', password: 'old-secret' });
  await line('log setup: open');
  await expect.poll(() => engine.servers.get(80)).toBeGreaterThan(0);
  const url = `http://127.0.0.1:${engine.servers.get(80)}/`;
  const send = (code: string) =>
    fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ code, name: network.name, password: network.password }),
    });
  return { engine, gateway, line, url, send, code: engine.board.accessPoint!.password };
}

const wrongOf = (code: string): string => code.replace(/^./, (digit) => `${9 - Number(digit)}`);

describe('the set-up page of an evaluator that cannot reach its Wi-Fi', () => {
  it('takes the new Wi-Fi with the code on the screen, closes by itself once the gateway is back, and stays away', async () => {
    const { engine, gateway, line, url, send, code } = await startLostEvaluator();
    expect(engine.board.accessPoint!.name).toMatch(/^pingjia-\d{4}$/);
    expect(code).toMatch(/^\d{8}$/);
    const form = await (await fetch(url)).text();
    expect(form).toContain('name=code');
    expect(form).not.toMatch(/old|192\.|pj1/);
    expect((await send(wrongOf(code))).status).toBe(403);
    expect((await send(code)).status).toBe(429);
    const closed = line('log setup: closed');
    await expect.poll(async () => (await send(code)).status, { timeout: 8000, interval: 100 }).toBe(200);
    await closed;
    expect(engine.board.accessPoint).toBeUndefined();
    await expect(fetch(url)).rejects.toThrow();
    const hellos = gateway.hellos.length;
    expect(hellos).toBeGreaterThan(0);
    await engine.powerOff();
    const online = line('link online');
    await engine.powerOn();
    await online;
    expect(gateway.hellos.length).toBeGreaterThan(hellos);
    expect(engine.board.accessPoint).toBeUndefined();
  }, 40_000);

  it('closes after five wrong codes, and opens later with another one; malformed requests do it nothing', async () => {
    const { engine, line, url, send, code } = await startLostEvaluator();
    for (const body of ['x'.repeat(3000), 'code=%zz', '']) {
      const answer = await fetch(url, { method: 'POST', body });
      expect(answer.status).toBe(400);
    }
    const closed = line('log setup: closed');
    let refused = 0;
    await expect
      .poll(
        async () => {
          if ((await send(wrongOf(code))).status === 403) refused++;
          return refused;
        },
        { timeout: 25_000, interval: 60 },
      )
      .toBe(5);
    const again = line('log setup: open');
    await closed;
    await again;
    expect(engine.board.accessPoint!.password).not.toBe(code);
  }, 60_000);

  it('takes presses while it is open, and the console on the network stays off', async () => {
    const { engine, gateway, line } = await startEvaluator({
      wifi: network.name,
      password: network.password,
    });
    await line('link online');
    expect(engine.board).toMatchObject({ telnet: false, accessPoint: undefined });
    const tellDesk = (paused: boolean) =>
      gateway.send('control', { do: 'desk', staff: STAFF, paused, unlinked: true, place: DOT, who: DOT });
    const isPaused = line('screen paused');
    tellDesk(true);
    await isPaused;
    const serves = line('screen idle');
    tellDesk(false);
    await serves;
    await gateway.stop();
    await line('log setup: open');
    expect(engine.board).toMatchObject({ telnet: false });
    expect(gateway.committed.size).toBe(0);
    const thanked = line('thanked 1');
    engine.setPin(KEY_OF_LEVEL_2, false);
    await line(`screen chosen ${NO_HANDLE}`);
    engine.setPin(KEY_OF_LEVEL_2, true);
    await thanked;
    expect((await fetch(`http://127.0.0.1:${engine.servers.get(80)}/`)).status).toBe(200);
    await gateway.start();
    await expect.poll(() => gateway.committed.size, { timeout: 20_000 }).toBe(1);
    const record = gateway.committed.get(1)!;
    expect(record).toMatchObject({ level: 2, invitation: NO_HANDLE, staff: STAFF });
    expect(record.flags & (FLAG_UNLINKED | FLAG_OFFLINE)).toBe(FLAG_UNLINKED | FLAG_OFFLINE);
  });
});
