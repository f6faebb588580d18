// Decides on a hello that came through another broker, as an ordered list of checks: its MAC is the proof that a
// connect is on the gateway's own broker, over the same boot, connection and nonce. The last check stores the pair.
import { Compile } from 'typebox/compile';
import type { WireErrorCode } from '../../protocol/errors.ts';
import { deriveSessionKeys, openEnvelope } from '../../protocol/keys.ts';
import { Hello } from '../../protocol/messages.ts';
import type { Registry } from '../fleet/registry.ts';
import type { Clock, Writer } from '../ports.ts';
import type { Nonces } from './nonces.ts';
import type { SessionStart } from './sessions.ts';

const HelloCheck = Compile(Hello);
const MAC_DIGITS = 32;

export type HelloDecision = { ok: true; start: SessionStart } | { ok: false; code: WireErrorCode };

/** What a hello says of itself; nothing of it is believed before the check. */
export function readHello(payload: string): Hello | { code: WireErrorCode } {
  let message: unknown;
  try {
    message = JSON.parse(payload.slice(MAC_DIGITS));
  } catch {
    return { code: 'payload.not-json' };
  }
  return HelloCheck.Check(message) ? message : { code: 'payload.schema' };
}

export function makeHelloCheck(parts: {
  hall: string;
  registry: Pick<Registry, 'find'>;
  nonces: Nonces;
  writer: Pick<Writer, 'submit'>;
  clock: Clock;
}) {
  const { hall, registry, nonces, writer, clock } = parts;

  return async function decide(id: string, payload: string): Promise<HelloDecision> {
    const refuse = (code: WireErrorCode): HelloDecision => ({ ok: false, code });
    const device = registry.find(id);
    if (!device) return refuse('connect.unknown-device');
    const hello = readHello(payload);
    if ('code' in hello) return refuse(hello.code);
    const keys = device.keys.get(hello.gen);
    if (device.revokedMs !== undefined || !keys) return refuse('connect.revoked');
    const { boot, conn, nonce } = hello;
    const sessionKeys = deriveSessionKeys(keys, { deviceHandle: device.handle, boot, conn, nonce });
    if (openEnvelope(sessionKeys.up, 'hello', payload) === undefined) return refuse('connect.wrong-proof');
    const isLater = boot > device.boot || (boot === device.boot && conn > device.conn);
    if (!isLater) return refuse('connect.replayed');
    if (!nonces.use({ hall, device: id }, nonce)) return refuse('connect.nonce');
    const stored = await writer.submit('accept-connect', { device: id, boot, conn, atMs: clock.nowMs() });
    if (!stored.ok) return refuse(stored.code);
    return { ok: true, start: { device, boot, conn, nonce, sessionKeys, proven: false } };
  };
}
