// What hall IT does with evaluators, in one place: the routes of the running gateway and a command without one both
// call it. Answers are values with a code of API_ERRORS; the caller says them in its own way.
import type { ApiErrorCode } from '../http/errors.ts';
import type { Clock, ConnectedDevice, Sessions } from '../ports.ts';
import type { RegisteredDevice } from '../store/questions/fleet.ts';
import type { Reader } from '../store/reader.ts';
import type { DeviceIdentity, Registry } from './registry.ts';

export type Refusal = { ok: false; code: ApiErrorCode };
export type Answer<T> = ({ ok: true } & T) | Refusal;

/** An evaluator as hall IT sees it. Times are milliseconds since 1970-01-01 UTC. */
export interface DeviceSummary {
  id: string;
  window: string | null;
  handle: string;
  state: 'registered' | 'revoked';
  revokedMs: number | null;
  /** Everything up to this sequence is stored. */
  records: number;
  /** 0: never connected. */
  boot: number;
  /** Unknown without a running gateway. */
  online: boolean | null;
  unsent: number | null;
  firmware: string | null;
  board: string | null;
  interpreter: string | null;
  rssi: number | null;
}

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
}

export interface FleetAdminParts {
  hall: string;
  windows: readonly { id: string }[];
  registry: Registry;
  reader: Pick<Reader, 'devices' | 'deviceById' | 'clockHold'>;
  clock: Pick<Clock, 'nowMs'>;
  /** Undefined without a running gateway. */
  sessions: Pick<Sessions, 'connected'> | undefined;
}

export function makeFleetAdmin(parts: FleetAdminParts): FleetAdmin {
  const { registry, reader, clock, sessions } = parts;
  const refuse = (code: ApiErrorCode): Refusal => ({ ok: false, code });

  const summaryOf = (device: RegisteredDevice, session: ConnectedDevice | undefined): DeviceSummary => {
    const { hello, health } = session ?? {};
    const atHello = hello && Math.max(0, hello.next - 1 - device.watermark);
    return {
      id: device.id,
      window: device.window ?? null,
      handle: device.handle,
      state: device.revokedMs === undefined ? 'registered' : 'revoked',
      revokedMs: device.revokedMs ?? null,
      records: device.watermark,
      boot: device.boot,
      online: sessions ? hello !== undefined : null,
      unsent: health?.journal.unsent ?? atHello ?? null,
      firmware: hello?.fw ?? null,
      board: hello?.board ?? null,
      interpreter: hello?.interp ?? null,
      rssi: health?.rssi ?? null,
    };
  };
  const sessionOf = (id: string) => sessions?.connected().find(({ device }) => device === id);

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
    async revoke(id) {
      const done = await registry.revoke(id);
      return done.ok ? { ok: true } : refuse(done.code);
    },
  };
}
