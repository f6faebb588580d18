// A hall as its page shows and switches it, whoever its people are: what stands at the windows, the feed, and what
// orders of the page do to evaluators, the province and the applicants.
import type { WorldClock } from '../ports.ts';
import type { Province } from '../province/server.ts';
import { HALL } from '../window-system/roster.ts';
import type { EvaluatorHost } from './evaluator-host.ts';
import type { PageOrder } from './feed-types.ts';
import { createHallFeed, type HallState, type LiveHallFeed } from './hall-feed.ts';
import type { RecordWatch } from './record-watch.ts';

export interface ShownHall {
  readonly state: HallState;
  readonly feed: LiveHallFeed;
  setProvinceOpen(open: boolean): Promise<void>;
}

export interface ShownHallOptions {
  engine: HallState['engine'];
  gatewayRunning: boolean;
  evaluators: EvaluatorHost[];
  /** Undefined until the gateway is watched. */
  records(): RecordWatch | undefined;
  clock: WorldClock;
  province: Pick<Province, 'cut' | 'restore'>;
  waitingAt?: HallState['waitingAt'];
  /** Applicants press, or leave it to visitors of the page. */
  setActing(acting: boolean): void;
}

export function showHall(options: ShownHallOptions): ShownHall {
  const { engine, gatewayRunning, province, setActing, waitingAt, ...parts } = options;
  const state: HallState = {
    hall: HALL.name,
    engine,
    gatewayRunning,
    provinceOpen: true,
    applicantsActing: true,
    closing: false,
    atWindow: new Map(),
    waitingAt,
  };
  const feed = createHallFeed({ state, ...parts, onOrder: (order) => void obey(order) });
  const evaluatorOf = (device: string) => parts.evaluators.find(({ window }) => window.device === device);
  const setProvinceOpen = async (open: boolean) => {
    state.provinceOpen = open;
    feed.touch();
    await (open ? province.restore() : province.cut());
  };
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
        setActing(order.acting);
        return feed.touch();
    }
  };
  return { state, feed, setProvinceOpen };
}
