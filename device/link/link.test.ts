import { afterEach, describe, expect, it } from 'vitest';
import type { Journal, Link, LinkListener, LinkState } from '../contracts.ts';
import { createFlashWorld, type FlashWorld, mountWorld, pressOf } from '../flash/testing/flash-world.ts';
import { createLink } from './link.ts';
import { createNodeHardware, type NodeHardware } from './testing/node-hardware.ts';
import { type MiniGateway, startMiniGateway } from './testing/node-mini-gateway.ts';

const SPEED = 10;
const image = { w: 8, h: 1, d: 'gA==' };
const cardOf = (invitation: string) => ({
  invitation,
  staff: '1122334455667788',
  term: 600,
  matter: image,
  who: image,
});

interface Device {
  hardware: NodeHardware;
  journal: Journal;
  link: Link;
  events: string[];
  states: LinkState[];
  press(mark: number): number;
}

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function gatewayForTest(): Promise<MiniGateway> {
  const gateway = await startMiniGateway();
  cleanUps.push(() => gateway.stop());
  return gateway;
}

function startDevice(world: FlashWorld, port: number): Device {
  const { store, journal, boot } = mountWorld(world);
  const hardware = createNodeHardware(world, SPEED);
  const events: string[] = [];
  const states: LinkState[] = [];
  const listener: LinkListener = {
    onState: (state) => states.push(state),
    onCard: (card) => events.push(`card ${card.invitation}`),
    onDesk: (desk) => events.push(`desk ${desk.staff} ${desk.paused} ${desk.who ? 'who' : 'nobody'}`),
    onCancel: (invitation) => events.push(`cancel ${invitation}`),
    onReboot: () => events.push('reboot'),
  };
  const link = createLink({
    hardware,
    identity: store.identity()!,
    journal,
    bootNumber: boot,
    listener,
    version: '0.1.0',
    settings: { gateway: '127.0.0.1', port, healthEveryMs: 2000 },
    endedClean: store.endedClean(),
    firmware: { slot: 'a', update: 'none' },
    status: () => ({ screen: 'idle', stuck: [], bouncing: [], fault: 0, resets: 0, previousGen: 0 }),
    onOrder: () => undefined,
  });
  cleanUps.push(() => hardware.powerOff());
  link.start();
  const press = (mark: number) => {
    const added = journal.append(pressOf(mark));
    if (!added.ok) throw new Error(added.code);
    link.recordAppended();
    return added.seq;
  };
  return { hardware, journal, link, events, states, press };
}

async function until(what: string, condition: () => boolean, limitMs = 20_000): Promise<void> {
  const endMs = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const online = (device: Device) => until('online', () => device.link.state() === 'online');

describe('the link to the gateway', () => {
  it('delivers every press once, in order, and frees it after the gateway’s ack', async () => {
    const gateway = await gatewayForTest();
    const device = startDevice(createFlashWorld(1024), gateway.port);
    for (let i = 1; i <= 40; i++) device.press(i);
    await until('all freed', () => device.journal.state().unsent === 0);
    for (let i = 41; i <= 60; i++) device.press(i);
    await until('all freed', () => device.journal.state().unsent === 0);
    expect([...gateway.committed.keys()]).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect([...gateway.committed.values()].map((r) => r.uptime)).toEqual(
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
    expect(gateway.repeated).toEqual([]);
    expect(gateway.offences).toEqual([]);
  });

  it('tells in hello what the journal holds, takes the time, and says how it is each minute', async () => {
    const gateway = await gatewayForTest();
    const device = startDevice(createFlashWorld(4096), gateway.port);
    await online(device);
    expect(gateway.hellos[0]).toMatchObject({
      board: 'test',
      fw: '0.1.0',
      acked: 0,
      oldest: 1,
      next: 1,
      missing: [],
      clean: false,
      conn: 1,
    });
    await until('time', () => device.link.wallMs() > 0);
    expect(Math.abs(device.link.wallMs() - 1_770_966_000_000)).toBeLessThan(20_000);
    expect(device.hardware.wallClock).toHaveLength(1);
    await until('health', () => gateway.health.length >= 2);
    expect(gateway.health[0]).toMatchObject({ rssi: -60, screen: 'idle', journal: { unsent: 0 } });
    expect(gateway.offences).toEqual([]);
  });

  it('keeps what was pressed while the network was cut and delivers it once afterwards', async () => {
    const gateway = await gatewayForTest();
    const device = startDevice(createFlashWorld(1024), gateway.port);
    device.press(1);
    await until('first', () => device.journal.state().unsent === 0);
    device.hardware.cut();
    await until('offline', () => device.link.state() === 'no-link');
    for (let i = 2; i <= 30; i++) device.press(i);
    expect(device.journal.state().unsent).toBe(29);
    device.hardware.join();
    await until('all freed', () => device.journal.state().unsent === 0);
    expect(gateway.committed.size).toBe(30);
    expect(gateway.repeated).toEqual([]);
    expect(gateway.wills).toBeGreaterThan(0);
    expect(gateway.offences).toEqual([]);
  });

  it('loses and doubles nothing when the gateway is killed and started in the middle, again and again', async () => {
    const gateway = await gatewayForTest();
    const device = startDevice(createFlashWorld(1024), gateway.port);
    let pressed = 0;
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 40; i++) device.press(++pressed);
      const enough = gateway.committed.size + 10;
      await until('some arrived', () => gateway.committed.size >= enough);
      await gateway.stop();
      device.press(++pressed);
      await until('noticed', () => device.link.state() !== 'online');
      await gateway.start();
    }
    await until('all freed', () => device.journal.state().unsent === 0);
    expect(gateway.committed.size).toBe(pressed);
    expect([...gateway.committed.values()].map((r) => r.uptime).sort((a, b) => a - b)).toEqual(
      Array.from({ length: pressed }, (_, i) => i + 1),
    );
    expect(gateway.offences).toEqual([]);
  });

  it('goes on after a power cut with what was not acknowledged', async () => {
    const gateway = await gatewayForTest();
    gateway.acks = false;
    const world = createFlashWorld(1024);
    const first = startDevice(world, gateway.port);
    for (let i = 1; i <= 10; i++) first.press(i);
    await until('arrived', () => gateway.committed.size === 10);
    first.hardware.powerOff();
    gateway.acks = true;
    const second = startDevice(world, gateway.port);
    second.press(11);
    await until('all freed', () => second.journal.state().unsent === 0);
    expect(gateway.committed.size).toBe(11);
    expect(gateway.repeated).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
    expect(gateway.hellos.at(-1)!.boot).toBeGreaterThan(gateway.hellos[0]!.boot);
    expect(gateway.offences).toEqual([]);
  });

  it('sends again what was not acknowledged within half a minute', async () => {
    const gateway = await gatewayForTest();
    const device = startDevice(createFlashWorld(1024), gateway.port);
    await online(device);
    gateway.acks = false;
    for (let i = 1; i <= 3; i++) device.press(i);
    await until('sent again', () => gateway.repeated.length >= 3);
    expect(device.journal.state().unsent).toBe(3);
    gateway.acks = true;
    device.press(4);
    await until('all freed', () => device.journal.state().unsent === 0);
    expect(gateway.offences).toEqual([]);
  });

  it('sends at most 16 records that nobody acknowledged', async () => {
    const gateway = await gatewayForTest();
    const device = startDevice(createFlashWorld(1024), gateway.port);
    await online(device);
    gateway.acks = false;
    for (let i = 1; i <= 50; i++) device.press(i);
    await until('window full', () => gateway.committed.size === 16);
    await until('two more health messages', () => gateway.health.length >= 2);
    expect(gateway.committed.size).toBe(16);
  });

  it('sends acknowledged records again when the gateway orders it', async () => {
    const gateway = await gatewayForTest();
    const device = startDevice(createFlashWorld(1024), gateway.port);
    for (let i = 1; i <= 50; i++) device.press(i);
    await until('all freed', () => device.journal.state().unsent === 0);
    for (let seq = 21; seq <= 50; seq++) gateway.committed.delete(seq);
    gateway.send('control', { do: 'resend', from: 21 });
    await until('all there again', () => gateway.committed.size === 50);
    expect(device.journal.state().unsent).toBe(0);
    expect(gateway.offences).toEqual([]);
  });

  it('hands on cards, desk, cancellations and the order to restart', async () => {
    const gateway = await gatewayForTest();
    const device = startDevice(createFlashWorld(1024), gateway.port);
    await online(device);
    gateway.send('card', cardOf('a1b2c3d4e5f60718'));
    gateway.send('control', { do: 'cancel', invitation: 'a1b2c3d4e5f60718' });
    const desk = { do: 'desk', staff: '1122334455667788', unlinked: false, place: image };
    gateway.send('control', { ...desk, paused: true, who: null });
    gateway.send('control', { ...desk, paused: false, who: image });
    gateway.send('control', { do: 'reboot' });
    await until('all heard', () => device.events.length === 5);
    expect(device.events).toEqual([
      'card a1b2c3d4e5f60718',
      'cancel a1b2c3d4e5f60718',
      'desk 1122334455667788 true nobody',
      'desk 1122334455667788 false who',
      'reboot',
    ]);
  });

  it('does nothing on a forged, replayed or malformed message, and goes on', async () => {
    const gateway = await gatewayForTest();
    const world = createFlashWorld(1024);
    const device = startDevice(world, gateway.port);
    await online(device);
    device.hardware.cut();
    await until('offline', () => device.link.state() !== 'online');
    device.hardware.join();
    await online(device);
    gateway.acks = false;
    for (let i = 1; i <= 5; i++) device.press(i);
    await until('arrived', () => gateway.committed.size === 5);

    const right = gateway.seal('ack', { n: 4_000_000, upTo: 5, epoch: 1 }, -1);
    const flipped = right.replace(/^./, (c) => (c === '0' ? '1' : '0'));
    gateway.sendRaw('ack', flipped);
    gateway.sendRaw('ack', right.replace('"upTo":5', '"upTo":4'));
    gateway.sendRaw('ack', right.slice(32));
    gateway.sendRaw('ack', '');
    gateway.sendRaw('ack', '\xff'.repeat(100));
    gateway.sendRaw('card', right);
    gateway.sendRaw('ack', gateway.seal('ack', { n: 4_000_000, upTo: 5, epoch: 1 }, 0));
    const card = gateway.seal('card', { n: 4_000_001, ...cardOf('a1b2c3d4e5f60718') }, 0);
    gateway.sendRaw('card', card);
    gateway.sendRaw('control', card);
    gateway.send('card', { ...cardOf('a1b2c3d4e5f60718'), matter: { w: 7, h: 1, d: '' } });
    gateway.send('card', { ...cardOf('A1B2C3D4E5F60718') });
    gateway.send('card', { ...cardOf('a1b2c3d4e5f60718'), term: 5 });
    gateway.send('card', { ...cardOf('a1b2c3d4e5f60718'), who: null });
    gateway.send('control', {
      do: 'desk',
      staff: '1122334455667788',
      paused: 1,
      unlinked: false,
      place: image,
    });
    gateway.send('control', { do: 'explode' });
    gateway.send('ack', { upTo: '5', epoch: 1 });
    gateway.send('ack', { upTo: -1, epoch: 1 });
    gateway.send('time', { echo: 1, wall: 5 });
    gateway.send('control', { do: 'cancel', invitation: 'ffffffffffffffff' });
    await until('the last, good one', () => device.events.length > 0);
    expect(device.events).toEqual(['cancel ffffffffffffffff']);
    expect(device.journal.state()).toMatchObject({ unsent: 5, acked: 0 });
    expect(device.link.state()).toBe('online');

    const wallMs = device.link.wallMs();
    gateway.sendRaw('ack', right);
    await until('freed by the true ack', () => device.journal.state().unsent === 0);
    // Seen already: the counter is not greater.
    for (let i = 6; i <= 8; i++) device.press(i);
    await until('arrived', () => gateway.committed.size === 8);
    gateway.sendRaw('ack', gateway.seal('ack', { n: 4_000_000, upTo: 8, epoch: 1 }, -1));
    gateway.sendRaw('card', gateway.seal('card', { n: 3, ...cardOf('a1b2c3d4e5f60718') }, -1));
    gateway.sendRaw(
      'control',
      gateway.seal('control', { n: 4_000_001, do: 'cancel', invitation: '00ff00ff00ff00ff' }, -1),
    );
    await until('a new one', () => device.events.length > 1);
    expect(device.events[1]).toBe('cancel 00ff00ff00ff00ff');
    expect(device.journal.state().unsent).toBe(3);
    expect(device.link.wallMs()).toBeLessThan(wallMs + 600_000);
  });

  it('frees no more than it has sent, whatever the gateway says', async () => {
    const gateway = await gatewayForTest();
    const world = createFlashWorld(1024);
    gateway.acks = false;
    const first = startDevice(world, gateway.port);
    await online(first);
    gateway.send('ack', { upTo: 4_294_967_295, epoch: 1 });
    gateway.send('control', { do: 'cancel', invitation: '00ff00ff00ff00ff' });
    await until('heard', () => first.events.length === 1);
    for (let i = 1; i <= 20; i++) first.press(i);
    await until('window full', () => gateway.committed.size === 16);
    gateway.send('ack', { upTo: 4_294_967_295, epoch: 1 });
    await until('all arrived', () => gateway.committed.size === 20);
    expect(first.journal.state()).toMatchObject({ acked: 16, unsent: 4 });
  });

  it('tells which records flash damage took, and is freed of what lies behind them', async () => {
    const gateway = await gatewayForTest();
    const world = createFlashWorld(1024);
    const before = mountWorld(world).journal;
    for (let i = 1; i <= 30; i++) before.append(pressOf(i));
    world.flash.image[0x2000 + 16 + 56 * 4 + 20] = 0;
    const device = startDevice(world, gateway.port);
    await until('all freed', () => device.journal.state().unsent === 0);
    expect(gateway.committed.size).toBe(29);
    expect(gateway.committed.has(5)).toBe(false);
    expect(gateway.hellos.at(-1)!.missing).toEqual([[5, 5]]);
    expect(gateway.offences).toEqual([]);
  });

  it('tries again after an opening that failed inside the evaluator itself', async () => {
    const gateway = await gatewayForTest();
    const device = startDevice(createFlashWorld(1024), gateway.port);
    const connect = device.hardware.network.connect;
    device.hardware.network.connect = () => {
      device.hardware.network.connect = connect;
      throw new Error('no memory');
    };
    await online(device);
    expect(device.hardware.told).toContain('log opening: Error: no memory');
    expect(device.states).toEqual(['no-gateway', 'online']);
  });

  it('says why it is not online: no gateway, refused, and gateway silent behind a broker', async () => {
    const gateway = await gatewayForTest();
    await gateway.stop();
    const device = startDevice(createFlashWorld(1024), gateway.port);
    await until('no gateway', () => device.link.state() === 'no-gateway');
    gateway.refuses = true;
    await gateway.start();
    await until('refused', () => device.link.state() === 'refused');
    gateway.refuses = false;
    gateway.answers = false;
    await until('silent', () => device.hardware.told.includes('log mqtt.ended'));
    expect(device.states).not.toContain('online');
    gateway.answers = true;
    await online(device);
    expect(new Set(device.states)).toEqual(new Set(['no-gateway', 'refused', 'online']));
    device.press(1);
    await until('delivered', () => device.journal.state().unsent === 0);
  });
});
