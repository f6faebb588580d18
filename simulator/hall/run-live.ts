// A working day against the real gateway: its MQTT and HTTP over sockets, its database on the disk, evaluators that run
// the built firmware, the province over HTTP, and the page of the demo. All of it takes its time from one clock, which
// goes as fast as asked; hours in which nobody comes go by sooner.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { startGateway } from '../../gateway/compose.ts';
import { loadConfig } from '../../gateway/config/load.ts';
import { DATABASE_FILE } from '../../gateway/store/open-database.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { openFolders } from '../demo/folders.ts';
import { evaluatorMaker } from '../demo/make-evaluator.ts';
import { startPageServer } from '../demo/page-server.ts';
import { prepareHall } from '../demo/prepare-hall.ts';
import { bringIntoService } from '../demo/provisioning.ts';
import { startRecordWatch } from '../demo/record-watch.ts';
import { showHall } from '../demo/shown-hall.ts';
import { createPacedClock, type PacedClock } from '../engines/paced-clock.ts';
import { createRealClock } from '../engines/real-clock.ts';
import { DAY_MS, type Plan } from '../faults/plan.ts';
import { upstreamOwes } from '../faults/run-plan.ts';
import { openProvinceView } from '../province/read-store.ts';
import { delay } from '../window-system/delay.ts';
import { createGatewayApi } from '../window-system/gateway-api.ts';
import { hallWindows } from '../window-system/roster.ts';
import { makeTrace } from '../world/trace.ts';
import { gatherPeople } from './live-people.ts';
import { lookAtDay } from './run-day.ts';

const MINUTE_MS = 60_000;
/** The clock stands so long before the opening while evaluators are brought into service, at real speed. */
const PREPARED_BEFORE_MS = 10 * MINUTE_MS;
/** After closing, and before midnight. */
const AFTER_CLOSING_MS = 10 * MINUTE_MS;
const BEFORE_MIDNIGHT_MS = 2 * MINUTE_MS;
/** Hours in which nobody comes go by so many times faster than the day, as far as connections bear it. */
const NIGHT_FACTOR = 5;
const NIGHT_LIMIT = 240;
/** Of the day after: defaults are set and forwarded. */
export const LIVE_ENDS_MS = DAY_MS + 5 * MINUTE_MS;
/** Wall time in which the last records may arrive. */
const DRAIN_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 100;

export interface LiveOptions {
  plan: Plan;
  speed: number;
  /** Of the page; undefined: none. */
  pagePort: number | undefined;
  /** Time of the plan at which the day ends; LIVE_ENDS_MS lets midnight pass. */
  untilMs: number;
  say(sentence: string): void;
  onLine?: ((line: string) => void) | undefined;
  /** Ctrl-C. */
  stop: AbortSignal;
  onOpen?: (pageUrl: string | undefined) => void;
}

export interface LiveReport extends ReturnType<typeof lookAtDay> {
  speed: number;
  wallSeconds: number;
  /** Evaluations at the gateway, and in the province's store. */
  committed: number;
  received: number;
  drained: boolean;
}

export async function runLive(options: LiveOptions): Promise<LiveReport> {
  const stops: (() => unknown)[] = [];
  try {
    return await play(options, (stop) => void stops.push(stop));
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function play(options: LiveOptions, onStop: (stop: () => unknown) => void): Promise<LiveReport> {
  const { plan, say } = options;
  const beganMs = performance.now();
  const real = createRealClock();
  const clock = createPacedClock({
    beginsMs: plan.beginsMs,
    startMs: plan.opensMs - PREPARED_BEFORE_MS,
    speed: 1,
  });
  const folders = openFolders(mkdtempSync(join(tmpdir(), 'pingjia-live-')));
  say(`Data folder: ${folders.root}`);
  const windows = hallWindows(plan.windows);
  const trace = makeTrace({ wallMs: clock.wallMs, onLine: options.onLine });

  const { province, brokerPort, api } = await prepareHall({ folders, windows, clock });
  onStop(province.stop);
  const loaded = loadConfig({ file: folders.gatewayConfig, environment: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const gateway = await startGateway(loaded.config, {
    clock,
    logger: pino({ level: 'warn' }, pino.destination({ dest: folders.gatewayLog, sync: false })),
  });
  onStop(gateway.stop);
  say(`Gateway ready: mqtt://127.0.0.1:${brokerPort}, ${api.url}/docs`);

  const firmware = await loadFirmwareImage('linux');
  const makeEvaluator = evaluatorMaker({
    folders,
    firmware,
    engine: 'node',
    interpreter: undefined,
    mirror: options.pagePort !== undefined,
    clock,
  });
  const evaluators = await Promise.all(windows.map((window) => makeEvaluator(window, brokerPort)));
  for (const evaluator of evaluators) {
    evaluator.listen({ onTrouble: (sentence) => say(`${evaluator.window.label}: ${sentence}`) });
    onStop(evaluator.powerOff);
  }
  await bringIntoService({
    evaluators,
    configFile: folders.gatewayConfig,
    identityFile: folders.identity,
    clock: real,
    say,
  });

  const ending = new AbortController();
  onStop(() => ending.abort());
  const people = gatherPeople({
    plan,
    clock,
    api,
    evaluators,
    say: trace.say,
    signal: ending.signal,
    onInvited(window, cases) {
      const { staff } = windows.find(({ id }) => id === window)!;
      shown.state.atWindow.set(window, { cases, staff: staff[0]! });
      shown.feed.touch();
    },
  });
  const view = openProvinceView(folders.provinceFile);
  onStop(view.close);
  const watched = createGatewayApi({ ...api, clock: real, signal: ending.signal });
  let records: ReturnType<typeof startRecordWatch> | undefined;
  const shown = showHall({
    engine: 'node',
    gatewayRunning: true,
    evaluators,
    records: () => records,
    clock: real,
    province,
    setActing: people.setActing,
    waitingAt: people.waitingAt,
  });
  const { state, feed } = shown;
  onStop(feed.stop);
  const watch = startRecordWatch({ api: watched, province: view, clock: real, onChange: feed.touch });
  records = watch;
  onStop(watch.stop);
  const page =
    options.pagePort === undefined ? undefined : await startPageServer({ feed, port: options.pagePort });
  if (page) onStop(page.stop);
  if (page) say(`The hall is open: ${page.url}`);
  options.onOpen?.(page?.url);

  await people.bringEarlierCases();
  people.begin();
  await passDay(options, clock);
  state.closing = true;
  feed.touch();
  clock.setSpeed(options.speed);
  const databaseFile = join(folders.gatewayData, DATABASE_FILE);
  const isDrained = () => watch.committed >= people.thanked.length && read(databaseFile, upstreamOwes) === 0;
  const endMs = real.monotonicMs() + DRAIN_LIMIT_MS;
  while (!isDrained() && real.monotonicMs() < endMs) await delay(real, LOOK_EVERY_MS);
  if (people.fault) throw people.fault;
  const drained = isDrained();
  return {
    ...lookAtDay(plan, {
      thanked: people.thanked,
      facts: people.facts,
      databaseFile,
      provinceFile: folders.provinceFile,
    }),
    speed: options.speed,
    wallSeconds: Math.round((performance.now() - beganMs) / 100) / 10,
    committed: watch.committed,
    received: view.count(),
    drained,
  };
}

/** Through the day as fast as asked, and sooner through the evening. Resolves early when it is stopped. */
async function passDay({ plan, speed, untilMs, stop }: LiveOptions, clock: PacedClock): Promise<void> {
  const goOnTo = async (atMs: number, pace: number) => {
    const leftMs = Math.min(atMs, untilMs) - clock.monotonicMs();
    if (leftMs <= 0) return;
    clock.setSpeed(pace);
    await delay(clock, leftMs, stop);
  };
  await goOnTo(plan.closesMs + AFTER_CLOSING_MS, speed);
  await goOnTo(DAY_MS - BEFORE_MIDNIGHT_MS, Math.max(speed, Math.min(NIGHT_LIMIT, speed * NIGHT_FACTOR)));
  await goOnTo(LIVE_ENDS_MS, speed);
}

function read(file: string, ask: (database: Database.Database) => number): number {
  const database = new Database(file, { readonly: true });
  try {
    return ask(database);
  } finally {
    database.close();
  }
}
