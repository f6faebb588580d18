// Composes the demo in one place: province, gateway, evaluators, records, people, windows. Started in this order
// and stopped in the reverse one. What it needs of the machine comes in by its options.
import type { ApplicantSeat } from '../people/applicant.ts';
import type { Choice } from '../people/press-record.ts';
import type { WorldClock } from '../ports.ts';
import { openProvinceView } from '../province/read-store.ts';
import type { Invited } from '../window-system/clerk.ts';
import { createGatewayApi } from '../window-system/gateway-api.ts';
import type { HallWindow } from '../window-system/roster.ts';
import type { Artefacts } from './counts.ts';
import type { EvaluatorHost } from './evaluator-host.ts';
import type { DemoFolders } from './folders.ts';
import { startGatewayProcess } from './gateway-process.ts';
import type { LiveHallFeed } from './hall-feed.ts';
import { openSeat } from './people-seats.ts';
import { prepareHall } from './prepare-hall.ts';
import { bringIntoService } from './provisioning.ts';
import { startRecordWatch } from './record-watch.ts';
import { type ShownHall, showHall } from './shown-hall.ts';
import { openWindows } from './windows.ts';

export interface HallOptions {
  folders: DemoFolders;
  windows: HallWindow[];
  engine: 'node' | 'espruino';
  seed: number;
  /** Applicants hurry, so that a minute shows many presses. */
  brisk: boolean;
  clock: WorldClock;
  makeEvaluator: (window: HallWindow, brokerPort: number) => Promise<EvaluatorHost>;
  say: (sentence: string) => void;
  trouble: (sentence: string) => void;
  /** Someone was thanked, or turned away, at the invitation. */
  onChoice: (choice: Choice, invited: Invited | undefined) => void;
}

export interface Hall {
  readonly feed: LiveHallFeed;
  readonly evaluators: readonly EvaluatorHost[];
  gatewayPid(): number | undefined;
  setProvinceOpen(open: boolean): Promise<void>;
  /** No new cards; who has one may still press. */
  close(): void;
  /** Nobody stands at a window and every thanked press is at the province. */
  drained(): boolean;
  /** Stops everything, then reads the presses in each evaluator's flash. */
  stop(): Promise<Artefacts['flash']>;
}

export async function startHall(options: HallOptions): Promise<Hall> {
  const stops: (() => Promise<unknown> | unknown)[] = [];
  const stopAll = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const hall = await compose(options, (stop) => void stops.push(stop));
    const readFlash = async () => {
      const presses = hall.evaluators.map(async (evaluator) => ({
        device: evaluator.window.device,
        presses: await evaluator.readPresses(),
      }));
      return Promise.all(presses);
    };
    return {
      ...hall,
      stop: async () => {
        await stopAll();
        return readFlash();
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function compose(
  options: HallOptions,
  onStop: (stop: () => Promise<unknown> | unknown) => void,
): Promise<Omit<Hall, 'stop'>> {
  const { folders, clock, windows } = options;
  const ending = new AbortController();
  let shown: ShownHall | undefined;
  let gatewayRunning = false;
  const setGatewayRunning = (isRunning: boolean) => {
    gatewayRunning = isRunning;
    if (!shown) return;
    shown.state.gatewayRunning = isRunning;
    shown.feed.touch();
  };
  const prepared = await prepareHall({ folders, windows, clock });
  const { province, brokerPort } = prepared;
  onStop(province.stop);

  const gateway = await startGatewayProcess({
    configFile: folders.gatewayConfig,
    logFile: folders.gatewayLog,
    httpUrl: prepared.api.url,
    clock,
    onReady: (pid) => {
      options.say(`Gateway ready: process ${pid}, ${prepared.api.url}/docs`);
      setGatewayRunning(true);
    },
    onDied: (how) => {
      options.trouble(`Gateway ${how}; it will be started again.`);
      setGatewayRunning(false);
    },
  });
  onStop(gateway.stop);

  const evaluators = await Promise.all(windows.map((window) => options.makeEvaluator(window, brokerPort)));
  let records: ReturnType<typeof startRecordWatch> | undefined;
  const seats = new Map<string, ApplicantSeat>();
  shown = showHall({
    engine: options.engine,
    gatewayRunning,
    evaluators,
    records: () => records,
    clock,
    province,
    setActing: (acting) => {
      for (const seat of seats.values()) seat.setActing(acting);
    },
  });
  const { state, feed, setProvinceOpen } = shown;
  onStop(feed.stop);
  for (const evaluator of evaluators) {
    const { label } = evaluator.window;
    evaluator.listen({ onTrouble: (sentence) => options.trouble(`${label}: ${sentence}`) });
    onStop(evaluator.powerOff);
  }
  await bringIntoService({
    evaluators,
    configFile: folders.gatewayConfig,
    identityFile: folders.identity,
    clock,
    say: options.say,
  });

  const api = createGatewayApi({ ...prepared.api, clock, signal: ending.signal });
  const provinceView = openProvinceView(folders.provinceFile);
  onStop(provinceView.close);
  records = startRecordWatch({ api, province: provinceView, clock, onChange: feed.touch });
  onStop(records.stop);

  const invitedAt = new Map<string, Invited>();
  for (const evaluator of evaluators) {
    const { id } = evaluator.window;
    const onChoice = (choice: Choice) => options.onChoice(choice, invitedAt.get(id));
    const { peopleFile } = folders;
    seats.set(
      id,
      openSeat({ evaluator, clock, seed: options.seed, brisk: options.brisk, peopleFile, onChoice }),
    );
  }
  const rows = openWindows({
    windows,
    api,
    clock,
    seed: options.seed,
    seatOf: (window) => seats.get(window)!,
    onInvited: (invited) => {
      invitedAt.set(invited.window, invited);
      const cases = invited.visit.cases.map(({ projectNo, matter }) => ({
        projectNo,
        taskName: matter.taskName,
      }));
      state.atWindow.set(invited.window, { cases, staff: invited.staff });
      feed.touch();
    },
    onTrouble: options.trouble,
  });
  onStop(async () => {
    ending.abort();
    rows.close();
    for (const seat of seats.values()) seat.callAway();
    await rows.ended;
  });

  return {
    feed,
    evaluators,
    gatewayPid: () => gateway.pid,
    setProvinceOpen,
    close: () => {
      state.closing = true;
      rows.close();
      for (const seat of seats.values()) seat.closeDoor();
      feed.touch();
    },
    drained: () => {
      const thanked = evaluators.reduce((sum, evaluator) => sum + evaluator.state.newestSeq, 0);
      return rows.idle() && records.committed === thanked && records.forwarded === thanked;
    },
  };
}
