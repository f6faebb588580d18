// The people of a simulated day before real evaluators: clerks who call the real gateway over HTTP, applicants who look
// at the screens and press. They are those of `faults/people.ts`, on a clock that goes as fast as the day is played.
import type { EvaluatorHost } from '../demo/evaluator-host.ts';
import {
  type Clerk,
  keep,
  makeClerk,
  makePerson,
  type PeopleParts,
  type PeopleWorld,
} from '../faults/people.ts';
import type { Plan } from '../faults/plan.ts';
import type { WorldClock } from '../ports.ts';
import type { Trace } from '../world/trace.ts';
import type { ApiAnswer, ApiCall } from '../world/virtual-gateway.ts';

const CALL_LIMIT_MS = 20_000;

export interface LivePeopleOptions {
  plan: Plan;
  /** Monotonic from the beginning of the plan. */
  clock: WorldClock;
  api: { url: string; key: string };
  evaluators: readonly EvaluatorHost[];
  say: Trace['say'];
  onInvited(window: string, cases: { projectNo: string; taskName: string }[]): void;
  /** Ends calls that are under way. */
  signal: AbortSignal;
}

export interface LivePeople extends Pick<PeopleParts, 'facts' | 'thanked'> {
  /** Those of the plan. */
  bringEarlierCases(): Promise<void>;
  /** Clerks sign in and serve until the end of the plan. */
  begin(): void;
  /** Applicants come or, while false, nobody does but visitors of the page. */
  setActing(acting: boolean): void;
  /** People of a window who have come and are not served yet. */
  waitingAt(window: string): number;
  /** In code that nobody waits for. */
  readonly fault: unknown;
}

export function gatherPeople(options: LivePeopleOptions): LivePeople {
  const { plan, clock, evaluators, api, signal } = options;
  const world: PeopleWorld = {
    clock,
    trace: { say: options.say },
    touch: () => undefined,
    sleep: (ms) => new Promise((resolve) => void clock.after(ms, resolve)),
    fault: undefined,
  };
  const call = async ({ method, path, body, idempotencyKey }: ApiCall): Promise<ApiAnswer | undefined> => {
    // The day is over: nobody is answered any more.
    if (signal.aborted) return new Promise(() => undefined);
    try {
      const response = await fetch(new URL(path, api.url), {
        method,
        headers: {
          authorization: `Bearer ${api.key}`,
          ...(body && { 'content-type': 'application/json' }),
          ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_LIMIT_MS)]),
      });
      const answer = { status: response.status, body: (await response.json()) as ApiAnswer['body'] };
      if (response.ok) hear({ path, body });
      return answer;
    } catch (error) {
      // Not reached, or the day is over: the clerk tries again.
      options.say('api', `${method} ${path} ${(error as Error).message}`);
      return undefined;
    }
  };
  /** Names of the matters of cases, for whoever watches. */
  const taskNames = new Map<string, string>();
  const hear = ({ path, body }: { path: string; body: object | undefined }) => {
    if (path === '/v1/invitations') {
      const { window, services } = body as { window: string; services: { projectNo: string }[] };
      const cases = services.map(({ projectNo }) => ({
        projectNo,
        taskName: taskNames.get(projectNo) ?? '',
      }));
      options.onInvited(window, cases);
    }
    const projectNo = /^\/v1\/cases\/([^/]+)$/.exec(path)?.[1];
    if (projectNo !== undefined) taskNames.set(projectNo, (body as { taskName: string }).taskName);
  };
  const parts: PeopleParts = {
    world,
    gateway: {
      call,
      running: true,
      operate: () => {
        throw new Error('an operator works with the command line');
      },
      clock: { nowMs: clock.wallMs },
    },
    facts: [],
    thanked: [],
  };
  let acting = true;
  const clerks: { clerk: Clerk; window: string }[] = evaluators.map((evaluator) => {
    const { device, id: window } = evaluator.window;
    let boots = 1;
    const person = makePerson(parts, {
      identity: { device },
      powered: true,
      get boots() {
        return boots;
      },
      press: (level) => {
        if (acting) evaluator.press(level);
      },
    });
    evaluator.listen({
      onScreen(screen) {
        if (screen.name === '') boots += 1;
        person.onScreen(screen);
      },
      onThanked(seq) {
        options.say(device, `thanked ${seq}`);
        person.onThanked(seq);
      },
    });
    return {
      window,
      clerk: makeClerk(parts, { window, device: () => device, person, staff: evaluator.window.staff[0]! }),
    };
  });

  /** Visits of each window that have begun. */
  const begun = new Map<string, number>();
  const work = async (clerk: Clerk, { window, id }: { window: number; id: string }) => {
    const untilOpen = plan.opensMs - clock.monotonicMs();
    if (untilOpen > 0) await world.sleep(untilOpen);
    await clerk.signIn(false);
    const visits = plan.visits.filter((visit) => visit.window === window);
    for (const [number, visit] of visits.entries()) {
      const waitMs = visit.atMs - clock.monotonicMs();
      if (waitMs > 0) await world.sleep(waitMs);
      if (signal.aborted || clock.monotonicMs() >= plan.closesMs) return;
      begun.set(id, number + 1);
      await clerk.serve(visit, number + 1);
    }
  };
  return {
    facts: parts.facts,
    thanked: parts.thanked,
    async bringEarlierCases() {
      for (const { clerk } of clerks) if (plan.earlier) await clerk.bringEarlier(plan.earlier);
    },
    begin() {
      for (const [index, { clerk, window }] of clerks.entries())
        keep(world, work(clerk, { window: index, id: window }));
      if (plan.pause)
        for (const { clerk } of clerks)
          for (const [atMs, paused] of [
            [plan.pause.fromMs, true],
            [plan.pause.untilMs, false],
          ] as const) {
            const leftMs = atMs - clock.monotonicMs();
            if (leftMs > 0) clock.after(leftMs, () => keep(world, clerk.signIn(paused)));
          }
    },
    waitingAt(id) {
      const index = clerks.findIndex(({ window }) => window === id);
      const nowMs = clock.monotonicMs();
      if (nowMs >= plan.closesMs) return 0;
      const come = plan.visits.filter(({ window, atMs }) => window === index && atMs <= nowMs).length;
      return Math.max(0, come - (begun.get(id) ?? 0));
    },
    setActing(next) {
      acting = next;
    },
    get fault() {
      return world.fault;
    },
  };
}
