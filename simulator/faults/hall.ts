// A simulated hall put together from a plan: the real gateway on its database, evaluators with their built firmware,
// cables, the province, clerks and applicants. It opens and closes each day by itself; what breaks is
// `break-things.ts`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { completeConfig, type GatewayConfig } from '../../gateway/config/load.ts';
import { Settings } from '../../gateway/config/schema.ts';
import { createMasterKeyFile, loadMasterKeys, seal } from '../../gateway/fleet/master-key.ts';
import { makeApiKey } from '../../gateway/http/keys.ts';
import { type Job, openStore } from '../../gateway/store/store.ts';
import { parseConsoleLine } from '../demo/console-lines.ts';
import type { FirmwareImage } from '../engine.ts';
import type { DeviceArtefact, FaultSpan, RunArtefacts, ThankedPress, WorldFact } from '../world/artefacts.ts';
import { createVirtualDisk, type DiskCopy, type VirtualDisk } from '../world/disk/virtual-disk.ts';
import { createFaultyCable } from '../world/faulty-cable.ts';
import { createHallEvaluator, type EvaluatorIdentity, type HallEvaluator } from '../world/hall-evaluator.ts';
import { createMeddler } from '../world/meddler.ts';
import { createVirtualGateway, type VirtualGateway } from '../world/virtual-gateway.ts';
import { APP_MARK, APP_WORD, openVirtualProvince, type VirtualProvince } from '../world/virtual-province.ts';
import type { World } from '../world/world.ts';
import type { PlannedFault } from './draw-fault.ts';
import { journalBefore, putIntoService } from './in-use.ts';
import { type Clerk, keep, makeClerk, makePerson, type PeopleParts } from './people.ts';
import { DAY_MS, type Plan, type PlannedVisit, PRESSES_LEAST } from './plan.ts';
import { holdFor, makeSwitch, type Switch } from './switchboard.ts';
import { lookAfterEvaluators } from './technician.ts';

export const HALL = 'sim-hall';
const MINUTE_MS = 60_000;
/** Machines are switched on so long before the hall opens, and off so long after it closes. */
const EARLY_MS = 2 * MINUTE_MS;
const LATE_MS = 2 * MINUTE_MS;
/** A technician looks at the status so long before evaluators are switched off. */
const LOOK_BEFORE_MS = MINUTE_MS / 2;
/** Around midnight, where the gateway runs then. */
const MIDNIGHT_MS = 1.5 * MINUTE_MS;

const START_AGAIN_MS = 5000;
const STORES_RECORDS: ReadonlySet<string> = new Set(['store-evaluation', 'store-records']);

type Moment = NonNullable<PlannedFault['when']>;

interface AroundCommit {
  run(): void;
  /** Only around one that stores a record. */
  withRecord: boolean;
}

export interface SimulatedHall {
  readonly staysOpen: boolean;
  world: World;
  plan: Plan;
  gateway: VirtualGateway;
  gatewaySwitch: Switch;
  evaluators: HallEvaluator[];
  evaluatorSwitches: Switch[];
  clerks: Clerk[];
  province: VirtualProvince;
  disk: VirtualDisk;
  /** Commits fail for now. */
  diskFails: boolean;
  provinceFile: string;
  config: GatewayConfig;
  facts: WorldFact[];
  thanked: ThankedPress[];
  faults: FaultSpan[];
  restores: RunArtefacts['restores'];
  reflashed: { device: string; atMs: number }[];
  /** Records of which flash lost bits. */
  rotted: { device: string; seq: number }[];
  /** Evaluators of which somebody sent records once more with a bit changed. */
  garbled: Set<string>;
  replaysAccepted: { device: string; atMs: number }[];
  /** Clerks with something left to do. */
  atWork: number;
  /** Evaluators that boards were before a technician put them into service anew. */
  former: DeviceArtefact[];
  /** Handle and key for one more. */
  newKey(): Pick<EvaluatorIdentity, 'handle' | 'key' | 'gen'>;
  gatewayStarts: number[];
  gatewayEnds: number[];
  /** Of an evening, with its true time. */
  copy: { files: DiskCopy; copiedMs: number } | undefined;
  clockOffsets: RunArtefacts['clockOffsets'];
  /** Told once, at the next such moment at that window. */
  once(window: number, event: Moment, run: () => void): void;
  /** Called around each commit; may end the gateway. */
  aroundCommit: { before: AroundCommit | undefined; after: AroundCommit | undefined };
  /** The disk stopped in the middle of what it did. */
  onDiskStopped: () => void;
  removeDisks(): void;
  /** From now on nobody switches anything off. */
  stayOpen(): void;
  /** Ends the gateway's process, or its machine's power; the switch says whether it comes again. */
  endGateway(how: 'process' | 'power'): void;
  /** Registers evaluators, starts everything and plans the days. */
  begin(): Promise<void>;
  machineIsUp(): boolean;
  /** What each evaluator's console said last of its connection; nothing since its last start. */
  links: (string | undefined)[];
}

export function buildHall(options: {
  world: World;
  plan: Plan;
  folder: string;
  firmware: FirmwareImage;
}): SimulatedHall {
  const { world, plan, folder, firmware } = options;
  const windows = Array.from({ length: plan.windows }, (_, index) => `w${index + 1}`);
  const { config, apiKey } = makeConfig({ folder, plan, windows });
  const connector = config.upstream[0]!;
  if (connector.kind !== 'http') throw new Error('the plan has one province');
  // What is not the gateway's lies on a disk that nothing happens to.
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere, { recursive: true });
  const safeDisk = createVirtualDisk({ folder: elsewhere, seed: plan.seed });
  const provinceFile = join(elsewhere, 'province.sqlite');
  const province = openVirtualProvince({
    world,
    file: provinceFile,
    profile: connector.profile,
    random: world.random('province'),
  });
  mkdirSync(config.dataFolder, { recursive: true });
  const disk = createVirtualDisk({ folder: config.dataFolder, seed: plan.seed });
  const commitRandom = world.random('commits');
  let machineHasPower = true;

  const gateway: VirtualGateway = createVirtualGateway({
    world,
    config,
    apiKey,
    random: world.random('gateway'),
    post: province.post,
    onEnded: () => {
      hall.gatewayEnds.push(world.clock.wallMs());
      for (const { cable } of hall.evaluators) {
        if (machineHasPower) cable.reset();
        else cable.loseGateway();
      }
    },
    disk,
    storage: {
      operatorsApart: plan.operatorsApart,
      commitDelayMs() {
        const [least, most] = plan.commitDelayMs;
        return least + Math.floor(commitRandom() * (most - least + 1));
      },
      beforeCommit: (jobs) => takeOnce('before', jobs),
      afterCommit: (jobs) => takeOnce('after', jobs),
      afterFailure: () => {
        if (disk.counts().stopped) hall.onDiskStopped();
      },
    },
  });
  const takeOnce = (moment: 'before' | 'after', jobs: readonly Job[]) => {
    const waiting = hall.aroundCommit[moment];
    if (!waiting || (waiting.withRecord && !jobs.some(({ name }) => STORES_RECORDS.has(name)))) return;
    hall.aroundCommit[moment] = undefined;
    waiting.run();
  };
  const startGateway = () => {
    if (hall.gatewaySwitch.held || gateway.running) return;
    machineHasPower = true;
    world.trace.say('gateway', 'starts');
    hall.gatewayStarts.push(world.clock.wallMs());
    // Whoever looks after it starts it again.
    keep(
      world,
      gateway.start().catch((error: Error) => {
        world.trace.say('gateway', `does not start: ${error.message}`);
        holdFor(world, hall.gatewaySwitch, { reason: 'does not start', forMs: START_AGAIN_MS });
      }),
    );
  };

  const waitingFor: { window: number; event: Moment; run: () => void }[] = [];
  const takeDue = (window: number, event: Moment) => {
    const due = waitingFor.filter((entry) => entry.window === window && entry.event === event);
    for (const entry of due) waitingFor.splice(waitingFor.indexOf(entry), 1);
    return due;
  };
  const tellOnce = (window: number, event: Moment) => {
    // After the line that told it: a fault never runs inside the program.
    for (const { run } of takeDue(window, event)) world.clock.after(0, run);
  };

  const keyRandom = world.random('keys');
  const hexDigits = (bytes: number) =>
    Array.from({ length: bytes }, () =>
      Math.floor(keyRandom() * 256)
        .toString(16)
        .padStart(2, '0'),
    ).join('');
  const newKey = () => ({ handle: hexDigits(8), key: hexDigits(32), gen: 1 });
  const evaluators: HallEvaluator[] = windows.map((window, index) => {
    const device = `e${index + 1}`;
    const meddler = createMeddler({
      hall: HALL,
      device: () => evaluators[index]!.identity.device,
      random: world.random(`meddler ${index}`),
      clock: world.clock,
      onReplayAccepted: () => hall.replaysAccepted.push({ device, atMs: world.clock.wallMs() }),
    });
    const before = plan.inUse?.window === index ? journalBefore(plan, plan.inUse) : undefined;
    const cable = createFaultyCable({
      clock: world.clock,
      random: world.random(`cable ${index}`),
      server: () => {
        const listening = gateway.server();
        return listening && meddler.between(listening);
      },
      machineIsUp: () => machineHasPower,
    });
    cable.weather = { ...cable.weather, delayMs: plan.cableDelayMs };
    return createHallEvaluator({
      clock: world.clock,
      driftRate: plan.driftRates[index]!,
      firmware,
      identity: { hall: HALL, device, window, ...newKey() },
      cable,
      random: world.random(`flash ${index}`),
      healthSeconds: plan.healthSeconds,
      meddler,
      before,
      onLine(line) {
        world.trace.say(device, line);
        const event = parseConsoleLine(`PJ1 ${line}`);
        if (event.type === 'screen') {
          people[index]!.onScreen({ name: event.name, invitation: event.invitation });
          if (event.name === 'chosen') tellOnce(index, 'chosen');
        } else if (event.type === 'link') {
          links[index] = event.state;
          if (event.state === 'connecting') tellOnce(index, 'connecting');
        } else if (event.type === 'thanked') {
          people[index]!.onThanked(event.seq);
          tellOnce(index, 'thanked');
        }
      },
      onErase: () => world.trace.say(device, 'erases a page of its journal'),
      onCut(operation) {
        world.trace.say(device, `loses power inside ${operation}`);
        people[index]!.onPowerOff();
      },
    });
  });
  const links: SimulatedHall['links'] = [];
  const facts: WorldFact[] = [];
  const thanked: ThankedPress[] = [];
  const parts: PeopleParts = { world, gateway, facts, thanked };
  const people = evaluators.map((evaluator) => makePerson(parts, evaluator));
  const clerks = windows.map((window, index) =>
    makeClerk(parts, {
      window,
      device: () => evaluators[index]!.identity.device,
      person: people[index]!,
    }),
  );

  let staysOpen = false;
  const hall: SimulatedHall = {
    get staysOpen() {
      return staysOpen;
    },
    world,
    plan,
    gateway,
    gatewaySwitch: makeSwitch(startGateway),
    evaluators,
    evaluatorSwitches: evaluators.map((evaluator, index) =>
      makeSwitch(() => {
        world.trace.say(evaluator.identity.device, 'power on');
        links[index] = undefined;
        // Before it does anything with its flash.
        for (const { run } of takeDue(index, 'starting')) run();
        evaluator.powerOn();
      }),
    ),
    clerks,
    province,
    disk,
    diskFails: false,
    provinceFile,
    config,
    facts,
    thanked,
    faults: [],
    restores: [],
    reflashed: [],
    rotted: [],
    garbled: new Set(),
    replaysAccepted: [],
    former: [],
    atWork: clerks.length,
    newKey,
    gatewayStarts: [],
    gatewayEnds: [],
    copy: undefined,
    clockOffsets: [{ atMs: plan.beginsMs, aheadMs: 0 }],
    aroundCommit: { before: undefined, after: undefined },
    once: (window, event, run) => void waitingFor.push({ window, event, run }),
    onDiskStopped: () => undefined,
    stayOpen() {
      staysOpen = true;
      for (const its of [hall.gatewaySwitch, ...hall.evaluatorSwitches]) its.letGo('night');
    },
    removeDisks() {
      disk.remove();
      safeDisk.remove();
    },
    endGateway(how) {
      if (how === 'power') machineHasPower = false;
      world.trace.say('gateway', how === 'power' ? 'its machine loses power' : 'its process ends');
      gateway.end(how);
    },
    machineIsUp: () => machineHasPower,
    links,
    async begin() {
      registerEvaluators(config, evaluators, plan.beginsMs);
      if (plan.inUse) putIntoService(hall, plan.inUse);
      for (const its of [hall.gatewaySwitch, ...hall.evaluatorSwitches]) its.hold('night');
      for (let day = 0; day < plan.days; day += 1) planDay(hall, day);
      const spare = plan.spareVisits.values();
      for (const [index, clerk] of clerks.entries())
        keep(
          world,
          work(hall, { clerk, window: index, spare }).finally(() => {
            hall.atWork -= 1;
          }),
        );
    },
  };
  /** Power off by a switch. */
  for (const [index, its] of hall.evaluatorSwitches.entries()) {
    const { hold } = its;
    its.hold = (reason) => {
      hold(reason);
      if (!evaluators[index]!.powered) return;
      world.trace.say(evaluators[index]!.identity.device, `power off: ${reason}`);
      evaluators[index]!.powerOff();
      people[index]!.onPowerOff();
    };
  }
  return hall;
}

/** Evaluators come up before the hall opens and go down after it closes, and so does a gateway that does not stay on. */
function planDay(hall: SimulatedHall, day: number): void {
  const { world, plan } = hall;
  const at = (ms: number, run: () => void) =>
    world.clock.after(Math.max(0, day * DAY_MS + ms - world.clock.monotonicMs()), () => {
      if (hall.staysOpen) return;
      world.touch();
      run();
    });
  at(plan.gatewayStaysOn ? 0 : plan.opensMs - EARLY_MS, () => hall.gatewaySwitch.letGo('night'));
  at(plan.opensMs - EARLY_MS + MINUTE_MS, () => {
    for (const its of hall.evaluatorSwitches) its.letGo('night');
  });
  at(plan.opensMs - MINUTE_MS, () => confirmClock(hall));
  if (plan.pause)
    for (const clerk of hall.clerks) {
      at(plan.pause.fromMs, () => keep(world, clerk.signIn(true)));
      at(plan.pause.untilMs, () => keep(world, clerk.signIn(false)));
    }
  at(plan.closesMs + LATE_MS - LOOK_BEFORE_MS, () => keep(world, lookAfterEvaluators(hall)));
  at(plan.closesMs + LATE_MS, () => {
    for (const its of hall.evaluatorSwitches) its.hold('night');
  });
  if (plan.gatewayStaysOn) return;
  at(plan.closesMs + LATE_MS + MINUTE_MS, () => stopForTheNight(hall));
  if (!plan.nights) return;
  at(DAY_MS - MIDNIGHT_MS, () => {
    hall.gatewaySwitch.letGo('night');
    if (plan.evaluatorsAtNight) for (const its of hall.evaluatorSwitches) its.letGo('night');
  });
  at(DAY_MS + MIDNIGHT_MS, () => {
    for (const its of hall.evaluatorSwitches) its.hold('night');
    stopForTheNight(hall);
  });
}

function stopForTheNight(hall: SimulatedHall): void {
  const { world, gateway } = hall;
  hall.gatewaySwitch.hold('night');
  if (!gateway.running) return;
  world.trace.say('gateway', 'stops for the night');
  const stopAndCopy = async () => {
    await gateway.stop();
    hall.copy = { files: hall.disk.copy(), copiedMs: world.clock.wallMs() };
  };
  keep(world, stopAndCopy());
}

/** An operator who finds the clock held and knows it to be right says so, and says it again if that fails. */
export function confirmClock(hall: SimulatedHall): void {
  const { gateway, world, diskFails } = hall;
  if (!gateway.running || diskFails || Math.abs(gateway.clock.aheadMs()) > MINUTE_MS) return;
  try {
    gateway.operate('confirm-clock', { atMs: gateway.clock.nowMs() });
    world.trace.say('operator', 'confirms the clock');
  } catch (error) {
    world.trace.say('operator', `could not confirm the clock: ${(error as Error).message}`);
    world.clock.after(MINUTE_MS, () => confirmClock(hall));
  }
}

interface ClerkAtWork {
  clerk: Clerk;
  /** Index. */
  window: number;
  /** Of all clerks: whoever is done with the planned ones takes the next. */
  spare: Iterator<PlannedVisit>;
}

async function work(hall: SimulatedHall, { clerk, window, spare }: ClerkAtWork): Promise<void> {
  const { world, plan } = hall;
  const visits = plan.visits.filter((visit) => visit.window === window);
  if (plan.earlier) await clerk.bringEarlier(plan.earlier);
  await world.sleep(plan.opensMs - world.clock.monotonicMs());
  await clerk.signIn(false);
  for (const [number, visit] of visits.entries()) {
    const waitMs = visit.atMs - world.clock.monotonicMs();
    if (waitMs > 0) await world.sleep(waitMs);
    await clerk.serve(visit, number + 1);
  }
  for (let number = visits.length + 1; hall.thanked.length < PRESSES_LEAST; number += 1) {
    const next = spare.next();
    if (next.done) break;
    await clerk.serve({ ...next.value, window }, number);
  }
  await clerk.finish();
}

function makeConfig({ folder, plan, windows }: { folder: string; plan: Plan; windows: readonly string[] }) {
  mkdirSync(join(folder, 'secrets'), { recursive: true });
  createMasterKeyFile(join(folder, 'secrets', 'master.key'));
  const { key, keySha256 } = makeApiKey();
  const settings = Settings.parse({
    hall: { id: HALL, name: '清河口政务大厅' },
    dataFolder: 'data',
    personKeys: { folder: 'elsewhere/person-keys' },
    masterKeyFile: 'secrets/master.key',
    http: { apiKeys: [{ name: 'windows', keySha256 }], requestsPerSecond: 100_000 },
    windows: windows.map((id) => ({ id, label: id.toUpperCase() })),
    unlinkedPresses: plan.unlinkedPresses,
    rules: plan.rules,
    upstream: [
      {
        id: 'province',
        kind: 'http',
        profile: plan.profile,
        url: 'http://province.example',
        appMark: APP_MARK,
        appWord: APP_WORD,
      },
    ],
  });
  const completed = completeConfig(settings, folder);
  if (!completed.ok) throw new Error(JSON.stringify(completed.problems));
  return { config: completed.config, apiKey: key };
}

function registerEvaluators(config: GatewayConfig, evaluators: readonly HallEvaluator[], atMs: number): void {
  const keys = loadMasterKeys(config.masterKeyFile);
  const store = openStore({ dataFolder: config.dataFolder, chainKey: keys.chain });
  for (const { identity } of evaluators) {
    const { device: id, hall, window, handle, gen } = identity;
    const sealedKey = seal(keys.seal, Buffer.from(identity.key, 'hex'), `${handle}.${gen}`);
    store.apply([{ name: 'register-device', input: { id, hall, window, handle, gen, sealedKey, atMs } }]);
  }
  store.close();
}
