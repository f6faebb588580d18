// Offers the set-up page while the device cannot reach its gateway: opens the access point, answers its clients, and goes
// away by itself when the gateway is back, after a term, or after too many wrong codes. Changes nothing but the Wi-Fi;
// keys and journal go on beside it.
import { type Client, openAccessPoint } from '../boards/access-point.ts';
import type { Identity, Link, SetupPage } from '../contracts.ts';
import { deriveHmac } from '../crypto/device-crypto.ts';
import { getUint } from '../flash/bytes.ts';
import type { Hardware, TimerId } from '../ports.ts';
import { type Answer, respond } from './pages.ts';
import { REQUEST_LIMIT_BYTES, type Request, readRequest } from './request.ts';
import { saveWifi } from './save-wifi.ts';
import { layoutSetup } from './screen.ts';

export const SETUP_TERM_MS = 900_000;
export const WRONG_CODE_LIMIT = 5;
/** After a wrong code nothing is looked at for so long. */
export const WRONG_CODE_WAIT_MS = 3000;
const SAVE_LIMIT = 10;
const CLIENT_LIMIT = 3;
const CLIENT_LIMIT_MS = 15_000;
const LOOK_MS = 2000;
/** For the answer to leave before the radio is used for something else. */
const ANSWER_MS = 1000;
const NAME_LIMIT_BYTES = 32;
const PASSWORD_MIN_BYTES = 8;
const PASSWORD_MAX_BYTES = 63;
const KEY_LABEL = 'pj1-setup';

export interface SetupContext {
  hardware: Hardware;
  identity: Identity;
  /** With the uptime it makes every code another one. */
  boot: number;
  link: Link;
  /** Puts the page on the screen, or takes it away. */
  show(page: SetupPage | undefined): void;
  onClosed(): void;
}

export function openSetup(context: SetupContext): void {
  const hardware = context.hardware;
  const timers = hardware.timers;
  const openedMs = timers.uptimeMs();
  const hmac = deriveHmac(hardware.native.sha256, context.identity, {
    label: KEY_LABEL,
    gen: context.identity.gen,
  });
  const digits = (what: string, count: number) =>
    `${getUint(hmac('', what), 0, 6) % 10 ** count}`.padStart(count, '0');
  const codes = { name: digits('name', 4), code: digits(`code ${context.boot} ${openedMs}`, 8) };
  let clients = 0;
  let wrong = 0;
  let saves = 0;
  let waitUntilMs = 0;
  let closed = false;

  function settle(request: Extract<Request, { kind: 'settings' }>): Answer {
    const nowMs = timers.uptimeMs();
    if (closed || nowMs < waitUntilMs || saves >= SAVE_LIMIT) return 'wait';
    if (request.code !== codes.code) {
      wrong++;
      waitUntilMs = nowMs + WRONG_CODE_WAIT_MS;
      if (wrong >= WRONG_CODE_LIMIT) timers.after(ANSWER_MS, close);
      return 'wrong';
    }
    const bytes = request.password.length;
    const isPassword = bytes === 0 || (bytes >= PASSWORD_MIN_BYTES && bytes <= PASSWORD_MAX_BYTES);
    if (request.name.length < 1 || request.name.length > NAME_LIMIT_BYTES || !isPassword) return 'invalid';
    saves++;
    if (!saveWifi(hardware, request.name, request.password)) return 'room';
    hardware.tell('log', 'setup: saved');
    timers.after(ANSWER_MS, () => {
      if (hardware.network.useWifi) hardware.network.useWifi(request.name, request.password);
    });
    return 'saved';
  }

  function onClient(client: Client): void {
    if (closed || clients >= CLIENT_LIMIT) {
      client.end();
      return;
    }
    clients++;
    let received = '';
    let answered = false;
    let gone = false;
    let limit: TimerId | undefined = timers.after(CLIENT_LIMIT_MS, () => {
      limit = undefined;
      client.end();
    });
    const leave = () => {
      if (gone) return;
      gone = true;
      clients--;
      // The interpreter gives the id of a timer that has run to another.
      if (limit !== undefined) timers.cancel(limit);
    };
    client.on('close', leave);
    client.on('error', leave);
    client.on('data', (data) => {
      if (answered) return;
      received = (received + data).slice(0, REQUEST_LIMIT_BYTES + 1);
      const request = readRequest(received);
      if (request.kind === 'more') return;
      answered = true;
      received = '';
      client.write(respond(request.kind === 'settings' ? settle(request) : request.kind));
      client.end();
    });
  }

  function look(): void {
    if (closed) return;
    if (context.link.state() === 'online' || timers.uptimeMs() - openedMs > SETUP_TERM_MS) close();
    else timers.after(LOOK_MS, look);
  }

  function close(): void {
    if (closed) return;
    closed = true;
    hardware.tell('log', 'setup: closed');
    context.show(undefined);
    context.onClosed();
    closeAccessPoint();
  }

  const closeAccessPoint = openAccessPoint({ name: `pingjia-${codes.name}`, password: codes.code }, onClient);
  hardware.tell('log', 'setup: open');
  context.show({ layout: (view) => layoutSetup(view, codes) });
  look();
}
