// Decides on an MQTT CONNECT, as an ordered list of checks. The last one stores boot and connection number, so
// that the pair is on disk before the connection is accepted and no copy of this connect works again.
import type { WireErrorCode } from '../../protocol/errors.ts';
import { connectProofIsRight, deriveSessionKeys, parseConnectPassword } from '../../protocol/keys.ts';
import { topicOf } from '../../protocol/topics.ts';
import type { KnownDevice, Registry } from '../fleet/registry.ts';
import { mark } from '../marks.ts';
import type { Clock, Writer } from '../ports.ts';
import type { Nonces } from './nonces.ts';
import type { SessionStart } from './sessions.ts';

export interface ConnectRequest {
  clientId: string;
  username: string | undefined;
  password: Buffer | undefined;
  will: { topic: string; retain: boolean } | undefined;
  /** A session that outlives its connection would only collect messages nobody can verify any more. */
  clean: boolean;
  keepAliveSeconds: number;
}

/** Without keep-alive a connection whose other end lost power would stay for ever. */
export const KEEP_ALIVE_LIMIT_SECONDS = 300;

export type ConnectDecision =
  | { ok: true; start: SessionStart }
  | { ok: false; code: WireErrorCode; device: string | undefined };

const userPattern = /^([a-z0-9-]{1,32})\.([a-z0-9-]{1,32})$/;

export function makeConnectCheck(parts: {
  hall: string;
  registry: Registry;
  nonces: Nonces;
  writer: Writer;
  clock: Clock;
}) {
  const { hall, registry, nonces, writer, clock } = parts;

  return async function decide(request: ConnectRequest): Promise<ConnectDecision> {
    const user = userPattern.exec(request.username ?? '');
    const proof = parseConnectPassword(request.password?.toString('latin1') ?? '');
    const id = user?.[2];
    const refuse = (code: WireErrorCode): ConnectDecision => ({ ok: false, code, device: id });
    if (!user || !proof || !id || request.clientId !== `pj-${user[1]}-${id}` || !isBounded(request))
      return refuse('connect.malformed');
    if (request.will && !isOwnWill(request.will, { hall: user[1]!, device: id }))
      return refuse('topic.not-own');

    const device: KnownDevice | undefined = user[1] === hall ? registry.find(id) : undefined;
    if (!device) return refuse('connect.unknown-device');
    const keys = device.keys.get(proof.gen);
    if (device.revokedMs !== undefined || !keys) return refuse('connect.revoked');
    if (!connectProofIsRight(keys, device.handle, proof)) return refuse('connect.wrong-proof');
    const isLater = proof.boot > device.boot || (proof.boot === device.boot && proof.conn > device.conn);
    if (!isLater) {
      mark('link.replayed');
      return refuse('connect.replayed');
    }
    if (!nonces.use({ hall, device: id }, proof.nonce)) {
      mark('link.nonce');
      return refuse('connect.nonce');
    }

    const { boot, conn, nonce } = proof;
    const stored = await writer.submit('accept-connect', {
      device: id,
      boot,
      conn,
      gen: proof.gen,
      atMs: clock.nowMs(),
    });
    if (!stored.ok) return refuse(stored.code);
    const sessionKeys = deriveSessionKeys(keys, { deviceHandle: device.handle, boot, conn, nonce });
    return { ok: true, start: { device, boot, conn, nonce, sessionKeys, proven: true } };
  };
}

function isBounded({ clean, keepAliveSeconds }: ConnectRequest): boolean {
  return clean && keepAliveSeconds > 0 && keepAliveSeconds <= KEEP_ALIVE_LIMIT_SECONDS;
}

function isOwnWill(
  will: { topic: string; retain: boolean },
  address: { hall: string; device: string },
): boolean {
  return will.topic === topicOf(address, 'will') && !will.retain;
}
