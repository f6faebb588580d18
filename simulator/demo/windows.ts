// The clerks of all windows at work, each with the applicants of its own seat, until closing time.
import type { ApplicantSeat } from '../people/applicant.ts';
import { seededRandom } from '../people/random.ts';
import type { WorldClock } from '../ports.ts';
import { shanghaiTime } from '../window-system/case-calls.ts';
import { type Invited, runClerk } from '../window-system/clerk.ts';
import type { GatewayApi } from '../window-system/gateway-api.ts';
import { AREA_CODE } from '../window-system/matters.ts';
import type { HallWindow } from '../window-system/roster.ts';
import { visitPlanner } from '../window-system/visits.ts';

export interface OpenWindowsOptions {
  windows: HallWindow[];
  api: GatewayApi;
  clock: WorldClock;
  seed: number;
  seatOf: (window: string) => ApplicantSeat;
  onInvited: (invited: Invited) => void;
  onTrouble: (sentence: string) => void;
}

export interface OpenWindows {
  /** No new visits. */
  close(): void;
  /** All clerks have finished their last visit. */
  idle(): boolean;
  readonly ended: Promise<unknown>;
}

export function openWindows(options: OpenWindowsOptions): OpenWindows {
  const { clock, seed } = options;
  const closing = new AbortController();
  const startedAt = shanghaiTime(clock.wallMs()).replace(/\D/g, '').slice(0, 14);
  let atWork = options.windows.length;
  const clerks = options.windows.map(async (window, index) => {
    await runClerk({
      window,
      api: options.api,
      clock,
      closing: closing.signal,
      nextVisit: visitPlanner({
        random: seededRandom(seed, `visits ${window.id}`),
        numberPrefix: `${AREA_CODE.slice(0, 6)}${startedAt}${index + 1}`,
      }),
      applicantDone: async ({ invitation }) => {
        const outcome = await options.seatOf(window.id).receive(invitation);
        return outcome === 'thanked';
      },
      onInvited: options.onInvited,
      onTrouble: ({ sentence }) => options.onTrouble(sentence),
    });
    atWork -= 1;
  });
  return {
    close: () => closing.abort(),
    idle: () => atWork === 0,
    ended: Promise.all(clerks),
  };
}
