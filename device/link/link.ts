// The link to the gateway: finds it by a probe, connects, says hello, sends what the journal holds and takes
// orders that are authentic. It never decides what is on the screen and never touches a key.
import { PROBE_ANSWER_LIMIT_MS, PROTOCOL_VERSION } from '../../protocol/constants.ts';
import type { Health } from '../../protocol/messages.ts';
import type { Identity, Journal, Link, LinkListener, LinkState } from '../contracts.ts';
import { createDeviceCrypto } from '../crypto/device-crypto.ts';
import { toHex } from '../crypto/hex.ts';
import { getUint } from '../flash/bytes.ts';
import type { Datagrams, Hardware, TimerId } from '../ports.ts';
import { backoffMs } from './backoff.ts';
import { createGatewayClock } from './clock.ts';
import type { DownMessage, Fields } from './down-messages.ts';
import { type LinkEvent, type LinkMachine, linkStateOf, next } from './link-machine.ts';
import { encodeProbe, readAnswer } from './probe.ts';
import { createSender } from './sender.ts';
import { openSession, type Session } from './session.ts';

export const HEALTH_EVERY_MS = 60_000;
/** Behind another broker only a health without answer tells that the gateway is away. */
export const HEALTH_EVERY_EXTERNAL_MS = 20_000;
/** From hello to the gateway's own first message. */
export const GREETING_LIMIT_MS = 10_000;
/** How often a missing Wi-Fi is looked for. */
export const LINK_CHECK_MS = 2000;

export interface LinkSettings {
  /** Numeric address: looking up a name would block the interpreter. */
  gateway: string;
  /** Of MQTT over TCP and of the UDP probe. */
  port: number;
  /** MQTT goes to a broker that is not the gateway's own. */
  external?: boolean;
  /** Where the gateway answers probes, if not at the broker's address. */
  probe?: string;
  healthEveryMs?: number;
}

export interface LinkOptions {
  hardware: Hardware;
  identity: Identity;
  journal: Journal;
  bootNumber: number;
  listener: LinkListener;
  /** Of the firmware, at most 32 ASCII characters. */
  version: string;
  settings: LinkSettings;
  /** The last run ended by an ordered restart. */
  endedClean: boolean;
  /** The firmware slot that runs, and how its last update went. */
  firmware: { slot: 'a' | 'b'; update: 'none' | 'trial' | 'returned' };
  /** What health tells beside the link's own knowledge. */
  status(): Pick<Health, 'screen' | 'stuck' | 'bouncing' | 'fault' | 'resets' | 'previousGen'>;
  /** An order about firmware, key or Storage, as it came. */
  onOrder(fields: Fields): void;
}

const isBelowIp = (fault: LinkState): boolean =>
  fault === 'no-link' || fault === 'no-wifi' || fault === 'wifi-password';

export function createLink(options: LinkOptions): Link {
  const hardware = options.hardware;
  const timers = hardware.timers;
  const network = hardware.network;
  const native = hardware.native;
  const identity = options.identity;
  const listener = options.listener;
  const settings = options.settings;
  const healthEveryMs =
    settings.healthEveryMs || (settings.external ? HEALTH_EVERY_EXTERNAL_MS : HEALTH_EVERY_MS);
  const crypto = createDeviceCrypto(native.sha256, identity);
  const clock = createGatewayClock();
  let state: LinkMachine = { kind: 'stopped' };
  let session: Session | undefined;
  let datagrams: Datagrams | undefined;
  let timer: TimerId | undefined;
  let connections = 0;
  let draws = 0;
  /** When the oldest health without answer left. */
  let askedMs: number | undefined;

  const sender = createSender({
    journal: options.journal,
    timers: timers,
    publish: (record) => (session ? session.sendRecord(record) : false),
    // Not the function itself: the interpreter does not hoist it.
    onUntoldGap: () => endSession(),
  });

  function endSession(): void {
    if (session) session.end();
  }

  function unpredictable(): Uint8Array {
    return crypto.unpredictable(options.bootNumber, draws++);
  }

  function handle(event: LinkEvent): void {
    const before = state;
    state = next(before, event);
    if (state === before) return;
    leave(before);
    enter(state);
    const shown = linkStateOf(state);
    if (shown === linkStateOf(before)) return;
    hardware.tell('link', shown);
    listener.onState(shown);
  }

  function after(delayMs: number, run: () => void): void {
    timer = timers.after(delayMs, run);
  }

  function leave(left: LinkMachine): void {
    if (timer !== undefined) timers.cancel(timer);
    timer = undefined;
    if (datagrams) datagrams.close();
    datagrams = undefined;
    if (left.kind === 'online') sender.stop();
  }

  function enter(entered: LinkMachine): void {
    switch (entered.kind) {
      case 'waiting':
        session = undefined;
        after(
          isBelowIp(entered.fault)
            ? LINK_CHECK_MS
            : backoffMs(entered.attempt, getUint(unpredictable(), 0, 4) / 0x100000000),
          () => handle({ type: 'waited', fault: network.linked() ? undefined : network.linkFault() }),
        );
        break;
      case 'probing':
        probe();
        break;
      case 'opening':
        try {
          connect(entered.nonce);
        } catch (error) {
          hardware.tell('log', `opening: ${error}`);
          after(0, () => handle({ type: 'closed', refused: false }));
        }
        break;
      case 'greeting':
        after(GREETING_LIMIT_MS, endSession);
        break;
      case 'online':
        after(healthEveryMs, tellHealth);
        break;
    }
  }

  function probe(): void {
    const token = toHex(unpredictable()).slice(0, 16);
    after(PROBE_ANSWER_LIMIT_MS, () => handle({ type: 'silence' }));
    datagrams = network.datagrams((data) => {
      const nonce = readAnswer(data, token);
      if (nonce) handle({ type: 'answer', nonce: nonce });
    });
    datagrams.send(
      encodeProbe(identity.hall, identity.device, token),
      settings.probe || settings.gateway,
      settings.port,
    );
  }

  function connect(nonce: string): void {
    const numbers = { boot: options.bootNumber, conn: ++connections, nonce: nonce };
    let told: [number, number][] = [];
    askedMs = undefined;
    session = openSession({
      identity: identity,
      crypto: crypto,
      numbers: numbers,
      external: settings.external === true,
      timers: timers,
      decode: native.fromBase64,
      open: (handlers) => network.connect(settings.gateway, settings.port, handlers),
      onReady() {
        told = options.journal.state().missing;
        handle({ type: 'ready' });
        sayHello(numbers.conn, nonce);
      },
      onHeard() {
        askedMs = undefined;
        if (state.kind !== 'greeting') return;
        handle({ type: 'heard' });
        sender.start(told);
      },
      onMessage: take,
      onRoom: sender.wake,
      onClosed(reason) {
        hardware.tell('log', reason);
        handle({ type: 'closed', refused: reason === 'mqtt.refused' });
      },
    });
  }

  function sayHello(conn: number, nonce: string): void {
    const journal = options.journal.state();
    const uptimeMs = timers.uptimeMs();
    clock.asked(uptimeMs);
    session!.send('hello', {
      proto: PROTOCOL_VERSION,
      boot: options.bootNumber,
      conn: conn,
      nonce: nonce,
      gen: identity.gen,
      fw: options.version,
      board: hardware.board,
      interp: native.interpreterVersion.slice(0, 32),
      uptime: uptimeMs,
      acked: journal.acked,
      oldest: journal.oldest,
      next: journal.next,
      missing: journal.missing,
      clean: options.endedClean,
      slot: options.firmware.slot,
      update: options.firmware.update,
    });
  }

  function tellHealth(): void {
    after(healthEveryMs, tellHealth);
    // The broker may be there without the gateway.
    if (askedMs !== undefined && timers.uptimeMs() - askedMs >= GREETING_LIMIT_MS) {
      endSession();
      return;
    }
    const journal = options.journal.state();
    const uptimeMs = timers.uptimeMs();
    const health = Object.assign(options.status(), {
      uptime: uptimeMs,
      mem: native.memory(),
      journal: { unsent: journal.unsent, capacity: journal.capacity },
      rssi: Math.max(-128, Math.min(0, network.rssi())),
      flashErrors: journal.flashErrors,
      drift: clock.driftPpm(),
    });
    const sent = session!.send('health', health);
    if (!sent) return;
    clock.asked(uptimeMs);
    if (askedMs === undefined) askedMs = uptimeMs;
  }

  function take(message: DownMessage): void {
    switch (message.type) {
      case 'card':
        listener.onCard(message.card);
        break;
      case 'desk':
        listener.onDesk(message.desk);
        break;
      case 'cancel':
        listener.onCancel(message.invitation);
        break;
      case 'reboot':
        listener.onReboot();
        break;
      case 'ack':
        sender.acknowledged(message.upTo);
        break;
      case 'order':
        options.onOrder(message.fields);
        break;
      case 'resend':
        sender.resendFrom(message.from);
        break;
      case 'time': {
        const wallMs = clock.answered(message, timers.uptimeMs());
        if (wallMs !== undefined) native.setWallClock(wallMs);
      }
    }
  }

  return {
    start: () => handle({ type: 'start' }),
    state: () => linkStateOf(state),
    recordAppended: sender.wake,
    wallMs: () => clock.wallMs(timers.uptimeMs()),
    send: (kind, message) => (session ? session.send(kind, message) : false),
    numbers: () => (session ? session.numbers : undefined),
  };
}
