import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testIdentity } from '../../device/flash/testing/flash-world.ts';
import { startMiniGateway } from '../../device/link/testing/node-mini-gateway.ts';
import { nextLine } from '../../scripts/firmware/card-shown.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import type { FirmwareImage } from '../engine.ts';
import { ESP32, NodeEngine } from '../engines/node-engine.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const identity = { ...testIdentity, handle: hex(testIdentity.handle), key: hex(testIdentity.key) };
/** The hall has changed its Wi-Fi; the evaluator still has the old one. */
const network = { name: '大厅 new', password: 'new&secret' };

let firmware: FirmwareImage;
beforeAll(async () => {
  firmware = await loadFirmwareImage('esp32-ili9341');
}, 120_000);
let ending: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ending.reverse()) await end();
  ending = [];
});

async function startLostEvaluator() {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-setup-'));
  ending.push(async () => rmSync(folder, { recursive: true, force: true }));
  const gateway = await startMiniGateway();
  ending.push(() => gateway.stop());
  const settings = {
    gateway: '127.0.0.1',
    port: gateway.port,
    wifi: 'old',
    password: 'old-secret',
    setupMinutes: 0.02,
  };
  const wifi = { name: Buffer.from(network.name).toString('latin1'), password: network.password };
  const engine = new NodeEngine({
    folder,
    firmware,
    geometry: ESP32,
    wifi,
    extraFiles: { 'pj.net': Buffer.from(JSON.stringify(settings)) },
  });
  ending.push(() => engine.powerOff());
  const line = (text: string) => nextLine(engine, (found) => found === `PJ1 ${text}`);
  const unprovisioned = line('screen unprovisioned');
  await engine.powerOn();
  await unprovisioned;
  const open = line('log setup: open');
  engine.prompt(`provision(${JSON.stringify(identity)})`);
  await open;
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
    await expect.poll(async () => (await send(code)).status, { timeout: 8000, interval: 500 }).toBe(200);
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
        { timeout: 25_000, interval: 400 },
      )
      .toBe(5);
    const again = line('log setup: open');
    await closed;
    await again;
    expect(engine.board.accessPoint!.password).not.toBe(code);
  }, 60_000);
});
