// A hall's database and its ways upstream in virtual time, with a province that misbehaves: cases are opened, pressed,
// completed and corrected by a seed, the gateway is restarted in the middle, and nothing waits for real time. The
// database is a real file; only its syncing is left out.

import { observeWriter } from '../../gateway/observed-writer.ts';
import type { Clock, Log } from '../../gateway/ports.ts';
import { openForWriting } from '../../gateway/store/open-database.ts';
import { openReader } from '../../gateway/store/reader.ts';
import { openStore } from '../../gateway/store/store.ts';
import { applierTo } from '../../gateway/testing/applier.ts';
import { unverifiedPress } from '../../gateway/testing/sample-record.ts';
import type { UpstreamConnector } from '../../gateway/upstream/connector.ts';
import { EVENT_RULES, eventOf } from '../../gateway/upstream/event.ts';
import { type HttpPost, makeNationalHttp } from '../../gateway/upstream/national-http.ts';
import type { Profile } from '../../gateway/upstream/profile.ts';
import { makeSender, type Sender } from '../../gateway/upstream/sender.ts';
import { signatureOf } from '../../gateway/upstream/signature.ts';
import { makeStoredOutbox } from '../../gateway/upstream/stored-outbox.ts';
import { FLAG_CLOCK_SET } from '../../protocol/constants.ts';
import { createVirtualClock } from '../world/virtual-clock.ts';
import type { ProvinceBehaviour } from './behaviours/behaviour.ts';
import { replyTo } from './reply.ts';
import { openProvinceStore } from './store.ts';

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.parse('2026-03-02T09:00:00+08:00');
/** Long before: the term has ended when the hall opens. */
const COMPLETED_MS = START_MS - 30 * DAY_MS;
const TRIES_LIMIT_EVENTS = 400_000;
const QUIET_LIMIT_MS = 2 * DAY_MS;
const LATENCY_MS = { from: 20, to: 400 };

export interface HostileWorldOptions {
  folder: string;
  cases: number;
  profile: Profile;
  random: () => number;
  behaviours: (startMs: number) => ProvinceBehaviour[];
  /** What is left of them for the end. */
  healed: ProvinceBehaviour[];
}

export interface CollectedEvent {
  key: string;
  kind: string;
  projectNo: string;
  assessNumber: number;
  revision: number;
  level?: number;
}

export interface HostileWorld {
  /** A day of outage and all that is opened meanwhile, then until both ways upstream have nothing left to do. */
  run(): Promise<void>;
  readonly events: CollectedEvent[];
  /** Backlogs at the end of the outage, by connector. */
  readonly backlogInOutage: Record<string, number>;
  close(): void;
}

export function makeHostileWorld(options: HostileWorldOptions): HostileWorld {
  const { random, folder, profile } = options;
  const world = createVirtualClock({ wallMs: START_MS });
  const clock: Clock = { nowMs: world.wallMs, monotonicMs: world.monotonicMs, after: world.after };
  const nothing = () => undefined;
  const log: Log = { info: nothing, warn: nothing, error: nothing };
  const store = openStore({
    dataFolder: folder,
    chainKey: Buffer.alloc(32, 1),
    openDatabase(dataFolder) {
      const database = openForWriting(dataFolder);
      database.pragma('synchronous = OFF');
      return database;
    },
  });
  const apply = applierTo(() => store);
  const writer = observeWriter(
    {
      submit: async (name, input) => apply(name, input),
      store: (input, settled) => settled(apply('store-evaluation', input), input),
      waiting: () => 0,
      stop: async () => undefined,
    },
    log,
  );
  const reader = openReader(folder);

  const parts = { appMark: 'hall', appWord: '口令' };
  const province = openProvinceStore(`${folder}/province.sqlite`, { durable: false });
  const credentials = {
    ...parts,
    sign: (time: string) => signatureOf({ time, ...parts }, { ...profile, signKey: undefined }),
  };
  let behaviours = options.behaviours(START_MS);

  const post: HttpPost = ({ url, body, signal }) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      // On its way it cannot be called back: it arrives also when the caller has given up.
      const latencyMs = LATENCY_MS.from + Math.floor(random() * (LATENCY_MS.to - LATENCY_MS.from));
      world.after(latencyMs, () => {
        const call = { path: new URL(url).pathname, body, nowMs: world.wallMs() };
        const reply = replyTo(call, { store: province, credentials, behaviours });
        if (reply.do === 'silence') return;
        if (reply.do === 'break') return reject(new Error('ECONNRESET'));
        if (reply.cutAfterBytes !== undefined) return reject(new Error('terminated'));
        const { status, description } = reply;
        const header = () => description ?? null;
        world.after(reply.delayMs ?? 0, () => resolve({ status, header, body: reply.body }));
      });
    });

  const events: CollectedEvent[] = [];
  const collector: UpstreamConnector = {
    rules: EVENT_RULES,
    async send(item, { idempotencyKey: key }) {
      events.push(eventOf(item, { hall: 'hall', key }) as CollectedEvent);
      return { outcome: 'delivered' };
    },
  };
  let senders: Sender[] = [];
  const startSenders = () => {
    const { numbers } = apply('set-connectors', {
      connectors: [
        { id: 'province', kind: 'http' },
        { id: 'events', kind: 'file' },
      ],
    });
    const connectors: Record<string, UpstreamConnector> = {
      province: makeNationalHttp({
        ...parts,
        profile,
        url: 'http://province.example',
        signKey: undefined,
        nowMs: clock.nowMs,
        post,
      }),
      events: collector,
    };
    senders = Object.entries(connectors).map(([id, connector]) =>
      makeSender({
        id,
        connector,
        outbox: makeStoredOutbox({ connectorNo: numbers[id]!, writer, reader, clock }),
        clock,
        log,
        concurrency: 4,
        timeoutMs: 10_000,
        baseMs: 1000,
        limitMs: 60_000,
        lookAgainMs: 600_000,
        random,
      }),
    );
    for (const sender of senders) sender.start();
  };
  const restart = async () => {
    await Promise.all(senders.map((sender) => sender.stop()));
    startSenders();
  };

  let seq = 0;
  const press = (invitation: string, fields: { level: number; wall: number }) => {
    seq += 1;
    const record = unverifiedPress({ ...fields, seq, invitation, flags: FLAG_CLOCK_SET });
    return writer.submit('store-evaluation', { device: 'a', record, receivedMs: clock.nowMs() });
  };

  /** What happens to one case, each step at a time of its own. */
  const playCase = (index: number) => {
    const projectNo = `2026-${index}`;
    const invitation = (index + 1).toString(16).padStart(16, '0');
    const key = { projectNo, assessNumber: 1 };
    const isOld = random() < 0.3;
    const level = () => 1 + Math.floor(random() * 5);
    const open = async () => {
      const atMs = clock.nowMs();
      const body = { taskCode: '1123010200135792462040131019004', taskName: '食品经营许可证核发' };
      const unknown = {
        projectName: undefined,
        areaCode: undefined,
        deptCode: undefined,
        acceptedAtMs: undefined,
      };
      await writer.submit('put-case', { projectNo, body: { ...body, ...unknown }, atMs });
      const staff = { badgeId: 'A1', name: '李䶮' };
      const servedAtMs = isOld ? COMPLETED_MS : atMs;
      await writer.submit('put-service', {
        ...key,
        serviceName: '受理',
        servedAtMs,
        staff,
        window: 'w',
        atMs,
      });
      await writer.submit('create-invitation', {
        invitation,
        window: 'w',
        services: [key],
        termSeconds: 600,
        atMs,
      });
      if (isOld) await writer.submit('complete-case', { projectNo, completedAtMs: COMPLETED_MS, atMs });
    };
    const steps: (() => Promise<unknown>)[] = [open];
    if (isOld) {
      steps.push(async () => {
        const nowMs = clock.nowMs();
        await writer.submit('settle-due', { nowMs, limit: 100 });
        await writer.submit('release-defaults', {
          nowMs,
          heldLimitMs: 0,
          emptyAtMs: {},
          afterId: 0,
          limit: 1000,
        });
      });
      // Made in time, delivered a month late.
      if (random() < 0.4)
        steps.push(() => press(invitation, { level: level(), wall: COMPLETED_MS + HOUR_MS }));
    } else {
      const wall = START_MS - HOUR_MS;
      if (random() < 0.9) steps.push(() => press(invitation, { level: level(), wall }));
      if (random() < 0.25) steps.push(() => press(invitation, { level: level(), wall: wall - 60_000 }));
      if (random() < 0.15)
        steps.push(async () => {
          const made = reader.evaluationOf(invitation);
          if (made)
            await writer.submit('exclude-evaluation', {
              evaluation: made.id,
              by: 'A1',
              reason: '误按',
              atMs: clock.nowMs(),
            });
        });
    }
    let atMs = Math.floor(random() * DAY_MS);
    for (const step of steps) {
      world.after(atMs, () => track(step()));
      atMs += Math.floor(random() * 6 * HOUR_MS);
    }
  };

  let fault: unknown;
  const track = (work: Promise<unknown>) => {
    work.catch((error: unknown) => {
      fault ??= error;
    });
  };

  const turn = () => new Promise((resolve) => setImmediate(resolve));
  /** Event by event, as what one event sets off may set the next timer. */
  const goOnUntil = async (done: () => boolean, limitMs: number) => {
    const endMs = world.monotonicMs() + limitMs;
    for (let events = 0; ; events += 1) {
      await turn();
      if (fault) throw fault;
      if (done()) return;
      if (events > TRIES_LIMIT_EVENTS || world.monotonicMs() > endMs)
        throw new Error(`not done at ${new Date(world.wallMs()).toISOString()}`);
      let ran = 0;
      world.advanceUntil(() => ran++ > 0, limitMs);
    }
  };
  const backlogs = () =>
    Object.fromEntries(reader.connectorStandings().map(({ id, backlog }) => [id, backlog.records]));
  let backlogInOutage: Record<string, number> = {};

  return {
    events,
    get backlogInOutage() {
      return backlogInOutage;
    },
    async run() {
      const sealedKey = Buffer.alloc(60);
      const device = { id: 'a', hall: 'hall', window: 'w', handle: '01'.repeat(8), gen: 1, sealedKey };
      apply('register-device', { ...device, atMs: COMPLETED_MS });
      startSenders();
      for (let index = 0; index < options.cases; index += 1) playCase(index);
      for (let index = 0; index < 3; index += 1)
        world.after(Math.floor(random() * 1.5 * DAY_MS), () => track(restart()));
      const until = (ms: number) => goOnUntil(() => world.monotonicMs() >= ms, DAY_MS * 3);
      await until(DAY_MS + HOUR_MS);
      backlogInOutage = backlogs();
      await until(2 * DAY_MS);
      behaviours = options.healed;
      await goOnUntil(() => Object.values(backlogs()).every((records) => records === 0), QUIET_LIMIT_MS);
      await Promise.all(senders.map((sender) => sender.stop()));
    },
    close() {
      reader.close();
      store.close();
      province.close();
    },
  };
}
