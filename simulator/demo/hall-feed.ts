// What the page sees: gathers the evaluators, the records and the switches into one view, and tells open pages of
// changes. Orders of the page go to the hall.
import type { WorldClock } from '../ports.ts';
import type { ReceivedEvaluation } from '../province/read-store.ts';
import type { EvaluatorHost } from './evaluator-host.ts';
import type {
  EvaluationView,
  FeedEvent,
  HallFeed,
  HallView,
  PageOrder,
  ReceivedView,
  WindowView,
} from './feed-types.ts';
import type { RecordWatch } from './record-watch.ts';
import { createThrottle } from './throttle.ts';

export interface HallState {
  hall: string;
  engine: 'node' | 'espruino';
  gatewayRunning: boolean;
  provinceOpen: boolean;
  applicantsActing: boolean;
  closing: boolean;
  /** By window. */
  atWindow: Map<string, Pick<WindowView, 'cases' | 'staff'>>;
  /** People in the queue of a window; undefined where people come only when they are served. */
  waitingAt: ((window: string) => number) | undefined;
}

export interface HallFeedOptions {
  state: HallState;
  evaluators: EvaluatorHost[];
  /** Undefined until the gateway is watched. */
  records: () => RecordWatch | undefined;
  clock: WorldClock;
  onOrder: (order: PageOrder) => void;
}

export interface LiveHallFeed extends HallFeed {
  /** Something in the hall changed. */
  touch(): void;
  stop(): void;
}

const UPDATE_INTERVAL_MS = 60;
const LIST_ROWS = 10;
/** `pf` of an evaluation that nobody made, in the profile that these halls send by. */
const DEFAULT_CHANNEL = '7';

export function createHallFeed(options: HallFeedOptions): LiveHallFeed {
  const { evaluators, clock } = options;
  const listeners = new Set<(event: FeedEvent) => void>();
  const tell = (event: FeedEvent) => {
    for (const listener of listeners) listener(event);
  };
  const throttle = createThrottle({
    clock,
    intervalMs: UPDATE_INTERVAL_MS,
    run: () => {
      if (listeners.size > 0) tell({ type: 'hall', hall: viewOf(options) });
    },
  });
  for (const evaluator of evaluators) {
    const { device } = evaluator.window;
    evaluator.listen({
      onStrip: (strip) => tell({ type: 'strips', device, strips: [strip] }),
      onChange: throttle.touch,
    });
  }
  return {
    replay: () => [
      { type: 'hall', hall: viewOf(options) },
      ...evaluators.map(({ window, strips }) => ({
        type: 'strips' as const,
        device: window.device,
        strips: [...strips],
      })),
    ],
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    order: options.onOrder,
    touch: throttle.touch,
    stop: throttle.stop,
  };
}

function viewOf({ state, evaluators, records }: HallFeedOptions): HallView {
  const watch = records();
  const labels = new Map(evaluators.map(({ window }) => [window.device, window.label]));
  return {
    hall: state.hall,
    engine: state.engine,
    gatewayRunning: state.gatewayRunning,
    provinceOpen: state.provinceOpen,
    applicantsActing: state.applicantsActing,
    closing: state.closing,
    windows: evaluators.map(({ window, state: evaluator }) => ({
      id: window.id,
      label: window.label,
      device: window.device,
      staff: state.atWindow.get(window.id)?.staff ?? null,
      cases: state.atWindow.get(window.id)?.cases ?? [],
      waiting: state.waitingAt?.(window.id) ?? null,
      screen: evaluator.screen.name,
      lights: evaluator.lights,
      link: evaluator.link,
      linkOpen: evaluator.linkOpen,
      unsent: Math.max(0, evaluator.newestSeq - (watch?.committedSeq(window.device) ?? 0)),
    })),
    counters: {
      thanked: evaluators.reduce((sum, evaluator) => sum + evaluator.state.newestSeq, 0),
      committed: watch?.committed ?? 0,
      forwarded: watch?.forwarded ?? 0,
      received: watch?.received ?? 0,
      refused: watch?.refused ?? 0,
    },
    evaluations: (watch?.newestRows(LIST_ROWS) ?? []).map(
      (row): EvaluationView => ({
        id: row.id,
        window: labels.get(row.device) ?? row.device,
        level: row.level,
        pressedAt: row.pressedAt,
        taskName: row.services[0]?.taskName ?? '',
        services: row.services.length,
        upstream: upstreamOf(row.services),
      }),
    ),
    received: (watch?.newestReceived(LIST_ROWS) ?? []).map(receivedView),
  };
}

function receivedView(received: ReceivedEvaluation): ReceivedView {
  const { projectNo, assessNumber, taskName, level, assessTime, channel } = received;
  return { projectNo, assessNumber, taskName, level, assessTime, isDefault: channel === DEFAULT_CHANNEL };
}

function upstreamOf(services: { upstream: EvaluationView['upstream'] }[]): EvaluationView['upstream'] {
  const states = services.map(({ upstream }) => upstream);
  if (states.includes('refused')) return 'refused';
  return states.includes('waiting') ? 'waiting' : 'delivered';
}
