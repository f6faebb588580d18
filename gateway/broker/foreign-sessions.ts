// The sessions of evaluators behind another broker: begun by a hello that proves itself, ended by will, by a newer
// hello or by silence. Takes what they publish; a record without a session is kept, but acknowledged to nobody.
import type { UpKind } from '../../protocol/constants.ts';
import type { WireErrorCode } from '../../protocol/errors.ts';
import type { SessionKeys } from '../../protocol/keys.ts';
import type { KnownDevice, Registry } from '../fleet/registry.ts';
import type { Intake } from '../intake/intake.ts';
import type { Clock, Counters, Log } from '../ports.ts';
import type { HelloDecision } from './hello-check.ts';
import { readHello } from './hello-check.ts';
import { type DownMessage, type Session, type SessionTable, unheardSession } from './sessions.ts';

/** Three times the longest pause between an evaluator's reports. */
export const SILENCE_LIMIT_MS = 180_000;
const LOOK_EVERY_MS = 30_000;

export interface ForeignParts {
  sessions: SessionTable;
  intake: Intake;
  registry: Pick<Registry, 'find'>;
  decideHello(device: string, payload: string): Promise<HelloDecision>;
  publish(message: DownMessage): void;
  clock: Clock;
  counters: Counters;
  log: Log;
}

export interface ForeignSessions {
  /** Resolves when it has been dealt with; never rejects. */
  take(from: { device: string; kind: UpKind; payload: Buffer }): Promise<void>;
  /** What was sent while there was no way to the broker is lost: everything is shown again. */
  showAgain(): void;
  end(device: string): void;
  stop(): void;
}

/** Nobody can open what is sealed with it. */
const NO_KEYS: SessionKeys = { up: Buffer.alloc(32), down: Buffer.alloc(32) };

export function makeForeignSessions(parts: ForeignParts): ForeignSessions {
  const { sessions, intake, registry, publish, clock, counters, log } = parts;
  const byDevice = new Map<string, Session>();
  /** Of each device one after the other: a will must not overtake its hello. */
  const turns = new Map<string, Promise<void>>();
  let cancelLook = clock.after(LOOK_EVERY_MS, look);

  function look(): void {
    const nowMs = clock.nowMs();
    for (const session of byDevice.values())
      if (nowMs - session.seenAtMs > SILENCE_LIMIT_MS) end(session, 'silence');
    cancelLook = clock.after(LOOK_EVERY_MS, look);
  }

  function end(session: Session, reason: string): void {
    const { id } = session.device;
    if (byDevice.get(id) === session) byDevice.delete(id);
    log.info({ device: id, reason }, 'The session of an evaluator ended.');
    sessions.close(session);
  }

  const refuse = (code: WireErrorCode, fields: object) => {
    counters.count(code);
    log.warn({ code, ...fields }, 'Refused on the wire.');
  };

  const hello = async (device: string, payload: string): Promise<void> => {
    const known = byDevice.get(device);
    const told = readHello(payload);
    const isSame = known && 'boot' in told && told.boot === known.boot && told.conn === known.conn;
    let session = known;
    if (!isSame) {
      const decision = await parts.decideHello(device, payload);
      if (!decision.ok) return refuse(decision.code, { device });
      session = sessions.open(decision.start, publish);
      byDevice.set(device, session);
      const { boot, conn } = decision.start;
      log.info({ device, boot, conn }, 'An evaluator said hello.');
    }
    const envelope = sessions.receive(session!, 'hello', payload);
    if ('code' in envelope) return refuse(envelope.code, { device, kind: 'hello' });
    if (envelope.kind === 'hello') await intake.hello(session!, envelope.message);
  };

  const message = async (device: string, kind: 'health' | 'progress' | 'will', payload: string) => {
    const session = byDevice.get(device);
    if (!session) return counters.count('session.none');
    const envelope = sessions.receive(session, kind, payload);
    if ('code' in envelope) return refuse(envelope.code, { device, kind });
    if (envelope.kind === 'health') intake.health(session, envelope.message);
    else if (envelope.kind === 'progress') sessions.progressReceived(session, envelope.message);
    else if (envelope.kind === 'will') {
      session.will = envelope.message;
      end(session, 'will');
    }
  };

  const detached = (device: KnownDevice): Session => {
    const { boot, conn } = device;
    return unheardSession(
      { device, boot, conn, nonce: '', sessionKeys: NO_KEYS, proven: false },
      () => counters.count('session.none'),
      clock.nowMs(),
    );
  };

  const keep = (session: Session, payload: Buffer) =>
    new Promise<void>((resolve, reject) =>
      intake.evaluation(session, payload, (error) => (error ? reject(error) : resolve())),
    );

  const record = async (id: string, payload: Buffer): Promise<void> => {
    const session = byDevice.get(id);
    if (session) {
      session.seenAtMs = clock.nowMs();
      return keep(session, payload);
    }
    const device = registry.find(id);
    if (!device) return refuse('connect.unknown-device', { device: id });
    if (device.revokedMs !== undefined) return refuse('connect.revoked', { device: id });
    return keep(detached(device), payload);
  };

  const inTurn = (device: string, run: () => Promise<void>): Promise<void> => {
    const turn = (turns.get(device) ?? Promise.resolve()).then(run, run);
    turns.set(device, turn);
    const done = () => {
      if (turns.get(device) === turn) turns.delete(device);
    };
    turn.then(done, done);
    return turn;
  };

  return {
    async take({ device, kind, payload }) {
      try {
        if (kind === 'evaluation') return await record(device, payload);
        const text = payload.toString('latin1');
        if (kind === 'hello') return await inTurn(device, () => hello(device, text));
        await inTurn(device, () => message(device, kind, text));
      } catch (error) {
        log.warn(
          { device, kind, reason: (error as Error).message },
          'Nothing was acknowledged; the evaluator will send it again.',
        );
      }
    },
    showAgain() {
      for (const session of byDevice.values())
        if (session.hello) sessions.helloReceived(session, session.hello);
    },
    end(device) {
      const session = byDevice.get(device);
      if (session) end(session, 'ended by the gateway');
    },
    stop() {
      cancelLook();
      for (const session of [...byDevice.values()]) end(session, 'the gateway stops');
    },
  };
}
