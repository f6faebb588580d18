// One run of the demo: opens the hall, shows it, ends when told to or after its time, and gives the account of what
// was left on flash, at the gateway and in the province. Reads neither environment nor command line.
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import type { WorldClock } from '../ports.ts';
import { shanghaiTime } from '../window-system/case-calls.ts';
import { delay } from '../window-system/delay.ts';
import { hallWindows } from '../window-system/roster.ts';
import { cardShown } from './card-shown.ts';
import { type Account, accountOf } from './counts.ts';
import { chooseRoot, openFolders } from './folders.ts';
import { type Hall, startHall } from './hall.ts';
import { LEVEL_NAMES } from './level-names.ts';
import { evaluatorMaker } from './make-evaluator.ts';
import type { DemoOptions } from './options.ts';
import { type OutageResult, runOutageScript } from './outage-script.ts';
import { startPageServer } from './page-server.ts';
import { readArtefacts } from './read-artefacts.ts';
import type { Terminal } from './terminal.ts';

export interface DemoResult extends Account, OutageResult {
  refusedUpstream: number;
  engine: string;
  seed: number;
  data: string;
}

export interface RunDemoOptions extends DemoOptions {
  /** The real interpreter, for the engine `espruino`. */
  interpreter: string | undefined;
  clock: WorldClock;
  terminal: Terminal;
  /** Ctrl-C. */
  stop: AbortSignal;
  /** For tests: the hall is open. */
  onOpen?: (hall: Hall, pageUrl: string | undefined) => void;
}

const USUAL_PAGE_PORT = 8180;
const DRAIN_LIMIT_MS = 20_000;
const DRAIN_POLL_MS = 100;

export async function runDemo(options: RunDemoOptions): Promise<DemoResult> {
  const { clock, terminal, stop } = options;
  const folders = openFolders(chooseRoot(options));
  terminal.say(`Data folder: ${folders.root}`);
  const firmware = await loadFirmwareImage('linux');
  const windows = hallWindows(options.windows);
  const hall = await startHall({
    folders,
    windows,
    engine: options.engine,
    seed: options.seed,
    brisk: options.exitAfterSeconds !== undefined,
    clock,
    makeEvaluator: evaluatorMaker({
      folders,
      firmware,
      engine: options.engine,
      interpreter: options.interpreter,
      mirror: options.page,
    }),
    say: terminal.say,
    trouble: terminal.trouble,
    onChoice: (choice, invited) => {
      const cases = invited?.visit.cases ?? [];
      const more = cases.length > 1 ? ` (${cases.length} cases)` : '';
      terminal.press({
        time: shanghaiTime(clock.wallMs()).slice(11, 19),
        window: windows.find(({ device }) => device === choice.device)?.label ?? '',
        record: choice.ended === 'thanked' ? `${choice.device}#${choice.seq}` : 'not kept',
        level: `${choice.level} ${LEVEL_NAMES[choice.level]}`,
        matter: (cases[0]?.matter.taskName ?? '') + more,
      });
    },
  });
  let outages: OutageResult = {
    deviceCutSeconds: 0,
    upstreamCutSeconds: 0,
    pressesDuringDeviceCut: 0,
    pressesDuringUpstreamCut: 0,
  };
  let page: { url: string; stop(): Promise<void> } | undefined;
  try {
    page = options.page ? await openPage(hall, options.port) : undefined;
    if (page) terminal.say(`The hall is open: ${page.url}`);
    options.onOpen?.(hall, page?.url);
    if (options.exitAfterSeconds === undefined) await raised(stop);
    else outages = await timedRun(hall, { ...options, runSeconds: options.exitAfterSeconds });
  } finally {
    await page?.stop();
  }
  const flash = await hall.stop();
  const artefacts = readArtefacts(folders, flash);
  return {
    ...accountOf(artefacts),
    ...outages,
    refusedUpstream: artefacts.refusedUpstream,
    engine: options.engine,
    seed: options.seed,
    data: folders.root,
  };
}

async function timedRun(
  hall: Hall,
  { runSeconds, clock, terminal, stop }: RunDemoOptions & { runSeconds: number },
): Promise<OutageResult> {
  const cutEvaluator = hall.evaluators[1 % hall.evaluators.length]!;
  const { label } = cutEvaluator.window;
  const closing = new AbortController();
  const script = runOutageScript({
    runSeconds,
    clock,
    signal: stop,
    cardShown: () => cardShown(cutEvaluator, AbortSignal.any([closing.signal, stop])),
    setDeviceLink: (open) => {
      terminal.say(open ? `Network of ${label} is back.` : `Network of ${label} is cut.`);
      cutEvaluator.setLinkOpen(open);
    },
    setProvinceLink: async (open) => {
      terminal.say(open ? 'The province can be reached again.' : 'The province cannot be reached.');
      await hall.setProvinceOpen(open);
    },
    thanked: () => ({
      device: cutEvaluator.state.newestSeq,
      all: hall.evaluators.reduce((sum, evaluator) => sum + evaluator.state.newestSeq, 0),
    }),
  });
  await delay(clock, runSeconds * 1000, stop);
  closing.abort();
  hall.close();
  terminal.say('No more cards; what is on its way is delivered.');
  const outages = await script;
  const endMs = clock.monotonicMs() + DRAIN_LIMIT_MS;
  while (!hall.drained() && clock.monotonicMs() < endMs && !stop.aborted)
    await delay(clock, DRAIN_POLL_MS, stop);
  return outages;
}

/** The usual port if it is free and none was asked for. */
async function openPage(hall: Hall, port: number | undefined) {
  if (port !== undefined) return startPageServer({ feed: hall.feed, port });
  try {
    return await startPageServer({ feed: hall.feed, port: USUAL_PAGE_PORT });
  } catch {
    return startPageServer({ feed: hall.feed, port: 0 });
  }
}

function raised(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
