// What hall IT does with evaluators, in one place: the routes of the running gateway and a command without one both
// call it. Answers are values with a code of API_ERRORS; the caller says them in its own way.
import type { Health } from '../../protocol/messages.ts';
import type { ApiErrorCode } from '../http/errors.ts';
import type { Clock, ConnectedDevice, Sessions } from '../ports.ts';
import type { DeviceEvent, RegisteredDevice } from '../store/questions/fleet.ts';
import type { Reader } from '../store/reader.ts';
import type { EvaluatorTrouble, EvaluatorWatch } from '../watch/evaluators.ts';
import { unusedId } from './provision/device-id.ts';
import type { DeviceIdentity, Registry } from './registry.ts';
import { sendKey } from './watch-fleet.ts';

export type Refusal = { ok: false; code: ApiErrorCode };
export type Answer<T> = ({ ok: true } & T) | Refusal;

/** An evaluator as hall IT sees it. Times are milliseconds since 1970-01-01 UTC. */
export interface DeviceSummary {
  id: string;
  window: string | null;
  handle: string;
  /** retiring: another evaluator has its window; it is revoked once all it holds is stored. */
  state: 'registered' | 'retiring' | 'revoked';
  revokedMs: number | null;
  /** Everything up to this sequence is stored. */
  records: number;
  /** Generation of the key it connects with, and whether a newer one waits for it. */
  gen: number;
  keyWaits: boolean;
  /** 0: never connected. */
  boot: number;
  /** Unknown without a running gateway. */
  online: boolean | null;
  unsent: number | null;
  firmware: string | null;
  board: string | null;
  interpreter: string | null;
  rssi: number | null;
  /** As it last said; null while it is not connected. */
  health: DeviceHealth | null;
  troubles: EvaluatorTrouble[];
}

/** What an evaluator tells of itself with each heartbeat. */
export type DeviceHealth = Pick<
  Health,
  'fault' | 'stuck' | 'bouncing' | 'resets' | 'drift' | 'flashErrors' | 'mem'
>;

export interface FleetAdmin {
  /** Of this gateway's clock, so that who asks can compare it with his own. */
  now(): Promise<{ nowMs: number; clockHeld: boolean; running: boolean }>;
  list(): Promise<DeviceSummary[]>;
  show(id: string): Promise<Answer<{ device: DeviceSummary }>>;
  /**
   * Gives the identity for the evaluator's prompt. An evaluator that never connected gets the same one again, so
   * that an interrupted provisioning goes on; one that did keeps what it has.
   */
  register(device: { id: string; window: string }): Promise<Answer<{ identity: DeviceIdentity }>>;
  revoke(id: string): Promise<Answer<object>>;
  /** The new one takes the window at once. The old one is revoked once drained, or now. */
  replace(order: {
    old: string;
    id: string | undefined;
    force: boolean;
  }): Promise<Answer<{ id: string; window: string | null }>>;
  /** A new key: sent now, or at its next hello. */
  rekey(id: string): Promise<Answer<{ gen: number; sent: boolean }>>;
  reboot(id: string): Promise<Answer<object>>;
  events(id: string, limit: number): Promise<Answer<{ events: DeviceEvent[] }>>;
}

/** Events given at once. */
export const EVENTS_ANSWER_LIMIT = 1000;

export interface FleetAdminParts {
  hall: string;
  windows: readonly { id: string }[];
  registry: Registry;
  reader: Pick<Reader, 'devices' | 'deviceById' | 'deviceEvents' | 'clockHold'>;
  clock: Pick<Clock, 'nowMs'>;
  /** Undefined without a running gateway. */
  running:
    | {
        sessions: Pick<Sessions, 'connected' | 'find' | 'send'>;
        evaluators: Pick<EvaluatorWatch, 'troublesOf'>;
      }
    | undefined;
}

export function makeFleetAdmin(parts: FleetAdminParts): FleetAdmin {
  const { registry, reader, clock } = parts;
  const sessions = parts.running?.sessions;
  const refuse = (code: ApiErrorCode): Refusal => ({ ok: false, code });

  const summaryOf = (device: RegisteredDevice, session: ConnectedDevice | undefined): DeviceSummary => {
    const { hello, health } = session ?? {};
    const atHello = hello && Math.max(0, hello.next - 1 - device.watermark);
    return {
      id: device.id,
      window: device.window ?? null,
      handle: device.handle,
      state: stateOf(device),
      gen: device.connectGen,
      keyWaits: registry.waitingKey(device) !== undefined,
      revokedMs: device.revokedMs ?? null,
      records: device.watermark,
      boot: device.boot,
      online: sessions ? hello !== undefined : null,
      unsent: health?.journal.unsent ?? atHello ?? null,
      firmware: hello?.fw ?? null,
      board: hello?.board ?? null,
      interpreter: hello?.interp ?? null,
      rssi: health?.rssi ?? null,
      health: health ? healthOf(health) : null,
      troubles: parts.running?.evaluators.troublesOf(device.id) ?? [],
    };
  };
  const sessionOf = (id: string) => sessions?.find(id);

  return {
    now: async () => ({
      nowMs: clock.nowMs(),
      clockHeld: reader.clockHold() !== undefined,
      running: sessions !== undefined,
    }),
    async list() {
      const connected = new Map(sessions?.connected().map((session) => [session.device, session]));
      return reader.devices().map((device) => summaryOf(device, connected.get(device.id)));
    },
    async show(id) {
      const device = reader.deviceById(id);
      return device ? { ok: true, device: summaryOf(device, sessionOf(id)) } : refuse('device.unknown');
    },
    async register({ id, window }) {
      if (!parts.windows.some((known) => known.id === window)) return refuse('window.unknown');
      const made = await registry.register({ id, hall: parts.hall, window });
      if (!('code' in made)) return { ok: true, identity: made };
      const known = reader.deviceById(id);
      const isSame = known && known.revokedMs === undefined && known.window === window;
      if (made.code !== 'device.exists' || !isSame) return refuse(made.code);
      if (known.boot > 0) return refuse('device.in-service');
      return { ok: true, identity: registry.identityOf(known) };
    },
    async replace({ old, id, force }) {
      const present = reader.deviceById(old);
      if (!present) return refuse('device.unknown');
      const chosen = id ?? unusedId(present.window ?? old, reader.devices());
      const done = await registry.replace({ old, id: chosen, revokesNow: force });
      return done.ok ? { ok: true, id: chosen, window: done.window ?? null } : refuse(done.code);
    },
    async rekey(id) {
      const device = reader.deviceById(id);
      if (!device) return refuse('device.unknown');
      if (device.revokedMs !== undefined) return refuse('device.revoked');
      const next = await registry.nextKey(device);
      if (!next) return refuse('device.keys-used-up');
      const sent = sessions !== undefined && sendKey(sessions, { device: id, ...next });
      return { ok: true, gen: next.gen, sent };
    },
    async reboot(id) {
      if (!reader.deviceById(id)) return refuse('device.unknown');
      const sent = sessions?.send(id, 'control', { do: 'reboot' });
      return sent ? { ok: true } : refuse('device.offline');
    },
    async events(id, limit) {
      const device = reader.deviceById(id);
      if (!device) return refuse('device.unknown');
      return { ok: true, events: reader.deviceEvents(device.no, Math.min(limit, EVENTS_ANSWER_LIMIT)) };
    },
    async revoke(id) {
      const done = await registry.revoke(id);
      return done.ok ? { ok: true } : refuse(done.code);
    },
  };
}

const healthOf = ({ fault, stuck, bouncing, resets, drift, flashErrors, mem }: Health): DeviceHealth => ({
  fault,
  stuck,
  bouncing,
  resets,
  drift,
  flashErrors,
  mem,
});

function stateOf({ revokedMs, retiredMs }: RegisteredDevice): DeviceSummary['state'] {
  if (revokedMs !== undefined) return 'revoked';
  return retiredMs === undefined ? 'registered' : 'retiring';
}
