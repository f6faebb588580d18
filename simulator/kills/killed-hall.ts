// A hall whose gateway is killed again and again: the real program, clerks who open cases and invite over its API,
// evaluators that send what was pressed, and the province over real HTTP. Clerks and people notice a kill only by
// waiting. A seed decides the people and the moments.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeApiKey } from '../../gateway/http/keys.ts';
import { makeFaultyDisk } from '../../gateway/testing/faulty-disk.ts';
import {
  EndedBeforeReady,
  makeProgramFolder,
  type RunningProgram,
} from '../../gateway/testing/gateway-program.ts';
import { createRealClock } from '../engines/real-clock.ts';
import { type Random, seededRandom } from '../people/random.ts';
import { startProvince } from '../province/server.ts';
import { type Invited, runClerk } from '../window-system/clerk.ts';
import { createGatewayApi } from '../window-system/gateway-api.ts';
import { type HallWindow, hallWindows } from '../window-system/roster.ts';
import { visitPlanner } from '../window-system/visits.ts';
import { type EvaluatorJournal, makeEvaluatorJournal } from './evaluator-journal.ts';
import type { KillPlan } from './kill-plan.ts';
import { type Sending, sendJournal } from './send-journal.ts';

const WINDOWS = 4;
/** An applicant who presses again and again: the first press counts, each is a record. */
const PRESSES_LIMIT = 60;
/** People wait while an evaluator has so many unsent. */
const JOURNAL_LIMIT_RECORDS = 200;
/** From the first acknowledgement on: a step that does not come is made up for. */
const STEP_LIMIT_MS = 1000;
/** Records enough for a checkpoint take longer. */
const COPY_LIMIT_MS = 6000;
/** A gateway that acknowledges nothing is killed all the same. */
const FIRST_ACK_LIMIT_MS = 10_000;
/** Nothing listens there: clerks call it while there is no gateway. */
const NOWHERE = 'http://127.0.0.1:1';
const credentials = { appMark: 'hall', appWord: 'word' };

/** What must count at the end: the first press after each invitation. */
export interface Expected {
  projectNo: string;
  assessNumber: number;
  level: number;
}

export interface KilledHall {
  readonly dataFolder: string;
  readonly masterKeyFile: string;
  readonly provinceFile: string;
  readonly journals: readonly EvaluatorJournal[];
  readonly expected: readonly Expected[];
  /** What clerks were refused; nothing, in a hall that is well. Not that it was away for longer than they wait. */
  readonly troubles: readonly string[];
  /** Starts the gateway under load and kills it; true if it had become ready. */
  round(plan: KillPlan): Promise<boolean>;
  /** As the kill left it, recovered by nobody: the gateway itself finds the original. */
  copyOfData(): string;
  /** The clerks go home, then the gateway runs until `done`; it stops in order. */
  settle(done: () => Promise<void>): Promise<number | null>;
  end(): Promise<void>;
}

export async function openKilledHall(seed: number): Promise<KilledHall> {
  const clock = createRealClock();
  const { key, keySha256 } = makeApiKey();
  const windows = hallWindows(WINDOWS);
  const hall = makeProgramFolder(
    `http: { host: 127.0.0.1, port: 0, requestsPerSecond: 1000, apiKeys: [{ name: windows, keySha256: ${keySha256} }] }
windows: [${windows.map(({ id, label }) => `{ id: ${id}, label: ${label} }`).join(', ')}]
`,
  );
  const provinceFile = join(hall.folder, 'province.sqlite');
  const province = await startProvince({ file: provinceFile, port: 0, credentials, clock });
  hall.addSettings(
    `upstream: [{ id: province, kind: http, url: "${province.url}", appMark: hall, appWord: word, concurrency: 8, timeoutMs: 5000, retryBaseMs: 50, retryLimitMs: 500 }]\n`,
  );
  const disk = makeFaultyDisk(hall.folder);
  const windowOf = new Map<string, string>(windows.map(({ device, id }) => [device, id]));
  const identities = await hall.register([...windowOf.keys()], (device) => windowOf.get(device)!);
  const journals = identities.map(makeEvaluatorJournal);
  const expected: Expected[] = [];
  const troubles: string[] = [];
  const closing = new AbortController();
  const leaving = new AbortController();
  let url = NOWHERE;
  let conn = 0;

  const api = createGatewayApi({
    get url() {
      return url;
    },
    key,
    clock,
    signal: leaving.signal,
  });
  const applicant = (journal: EvaluatorJournal, random: Random) => async (invited: Invited) => {
    const presses = 1 + Math.floor(random() * PRESSES_LIMIT);
    for (let press = 0; press < presses; press += 1) {
      while (journal.newest - journal.acknowledged >= JOURNAL_LIMIT_RECORDS && !closing.signal.aborted)
        await Promise.race([journal.changed(), aborted(closing.signal)]);
      const level = 1 + Math.floor(random() * 5);
      journal.press({ level, invitation: invited.invitation, wallMs: clock.wallMs() });
      if (press === 0)
        for (const { projectNo, services } of invited.visit.cases)
          expected.push({ projectNo, assessNumber: services, level });
    }
    return true;
  };
  const clerk = (window: HallWindow, index: number) => {
    const random = seededRandom(seed, window.id);
    return runClerk({
      window,
      api,
      clock,
      closing: closing.signal,
      nextVisit: visitPlanner({ random, numberPrefix: `2301022026${index}` }),
      applicantDone: applicant(journals[index]!, random),
      onTrouble({ code, sentence }) {
        if (code !== 'api.unreachable') troubles.push(sentence);
      },
    });
  };
  let clerks: Promise<unknown> | undefined;

  const connectAll = async (running: RunningProgram) => {
    url = running.httpUrl;
    conn += 1;
    clerks ??= Promise.all(windows.map(clerk));
    return Promise.allSettled(
      journals.map((journal) => sendJournal(journal, { port: running.mqttPort, conn })),
    );
  };

  /** Something more was promised. */
  const progress = async () => {
    const promises = () => journals.reduce((sum, { promised }) => sum + promised.size, 0);
    const before = promises();
    while (promises() === before) await Promise.race(journals.map((journal) => journal.changed()));
  };

  return {
    dataFolder: hall.dataFolder,
    masterKeyFile: hall.masterKeyFile,
    provinceFile,
    journals,
    expected,
    troubles,
    async round(plan) {
      const steps = plan.at === 'time' ? {} : { DISK_KILL_AT_STEP: String(plan.step), DISK_KILL_IN: plan.at };
      let running: RunningProgram;
      try {
        running = await hall.start({ ...disk.environment, ...steps });
      } catch (error) {
        if (error instanceof EndedBeforeReady && error.signal === 'SIGKILL') return false;
        throw error;
      }
      // A kill while they connect leaves some without a connection; the next round brings them one.
      const connecting = connectAll(running);
      const kill = () => void running.child.kill('SIGKILL');
      const cancelFirst = clock.after(FIRST_ACK_LIMIT_MS, kill);
      await Promise.race([progress(), running.exited]);
      cancelFirst();
      const cancel = clock.after(limitMsOf(plan), kill);
      await running.exited;
      cancel();
      url = NOWHERE;
      for (const sending of fulfilled(await connecting)) await sending.end();
      return true;
    },
    copyOfData() {
      const copy = join(hall.folder, 'copy');
      rmSync(copy, { recursive: true, force: true });
      mkdirSync(copy);
      cpSync(hall.dataFolder, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') });
      return copy;
    },
    async settle(done) {
      const running = await hall.start(disk.environment);
      const connected = await connectAll(running);
      for (const result of connected) if (result.status === 'rejected') throw result.reason;
      await progress();
      closing.abort();
      await clerks;
      await done();
      for (const sending of fulfilled(connected)) await sending.end();
      running.child.kill('SIGTERM');
      await running.exited;
      return running.child.exitCode;
    },
    async end() {
      closing.abort();
      leaving.abort();
      await clerks;
      hall.remove();
      await province.stop();
    },
  };
}

function limitMsOf(plan: KillPlan): number {
  if (plan.at === 'time') return plan.afterFirstAckMs;
  return plan.at === 'copy' ? COPY_LIMIT_MS : STEP_LIMIT_MS;
}

const fulfilled = (results: PromiseSettledResult<Sending>[]) =>
  results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
