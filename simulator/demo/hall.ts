// Composes the demo in one place: province, gateway, evaluators, records, people, windows. Started in this order
// and stopped in the reverse one. What it needs of the machine comes in by its options.
import type { ApplicantSeat } from '../people/applicant.ts';
import type { Choice } from '../people/press-record.ts';
import type { WorldClock } from '../ports.ts';
import { openProvinceView } from '../province/read-store.ts';
import type { Invited } from '../window-system/clerk.ts';
import { createGatewayApi } from '../window-system/gateway-api.ts';
import { HALL, type HallWindow } from '../window-system/roster.ts';
import type { Artefacts } from './counts.ts';
import type { EvaluatorHost } from './evaluator-host.ts';
import type { PageOrder } from './feed-types.ts';
import type { DemoFolders } from './folders.ts';
import { startGatewayProcess } from './gateway-process.ts';
import { createHallFeed, type HallState, type LiveHallFeed } from './hall-feed.ts';
import { openSeat } from './people-seats.ts';
import { prepareHall } from './prepare-hall.ts';
import { bringIntoService } from './provisioning.ts';
import { startRecordWatch } from './record-watch.ts';
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
  let feed: LiveHallFeed | undefined;
  const touch = () => feed?.touch();
  const state: HallState = {
    hall: HALL.name,
    engine: options.engine,
    gatewayRunning: false,
    provinceOpen: true,
    applicantsActing: true,
    closing: false,
    atWindow: new Map(),
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
      state.gatewayRunning = true;
      options.say(`Gateway ready: process ${pid}, ${prepared.api.url}/docs`);
      touch();
    },
    onDied: (how) => {
      state.gatewayRunning = false;
      options.trouble(`Gateway ${how}; it will be started again.`);
      touch();
    },
  });
  onStop(gateway.stop);

  const evaluators = await Promise.all(windows.map((window) => options.makeEvaluator(window, brokerPort)));
  let records: ReturnType<typeof startRecordWatch> | undefined;
  feed = createHallFeed({
    state,
    evaluators,
    records: () => records,
    clock,
    onOrder: (order) => void obey(order),
  });
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
  records = startRecordWatch({ api, province: provinceView, clock, onChange: touch });
  onStop(records.stop);

  const invitedAt = new Map<string, Invited>();
  const seats = new Map<string, ApplicantSeat>();
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
      touch();
    },
    onTrouble: options.trouble,
  });
  onStop(async () => {
    ending.abort();
    rows.close();
    for (const seat of seats.values()) seat.callAway();
    await rows.ended;
  });

  const setProvinceOpen = async (open: boolean) => {
    state.provinceOpen = open;
    touch();
    await (open ? province.restore() : province.cut());
  };
  const evaluatorOf = (device: string) => evaluators.find(({ window }) => window.device === device);
  const obey = async (order: PageOrder) => {
    switch (order.do) {
      case 'press':
        return evaluatorOf(order.device)?.press(order.level);
      case 'link':
        return evaluatorOf(order.device)?.setLinkOpen(order.open);
      case 'province':
        return setProvinceOpen(order.open);
      case 'applicants':
        state.applicantsActing = order.acting;
        for (const seat of seats.values()) seat.setActing(order.acting);
        return touch();
    }
  };
  return {
    feed,
    evaluators,
    gatewayPid: () => gateway.pid,
    setProvinceOpen,
    close: () => {
      state.closing = true;
      rows.close();
      for (const seat of seats.values()) seat.closeDoor();
      touch();
    },
    drained: () => {
      const thanked = evaluators.reduce((sum, evaluator) => sum + evaluator.state.newestSeq, 0);
      return rows.idle() && records.committed === thanked && records.forwarded === thanked;
    },
  };
}
