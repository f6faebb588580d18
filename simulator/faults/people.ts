// The people of a simulated hall: clerks whose window systems open, complete and invite through the gateway's API and
// try again until they are answered, applicants who look at the evaluator and press, and their record of what it
// thanked them for. They know only screens, keys and answers.
import { LEVELS, type Level, NO_HANDLE } from '../../protocol/constants.ts';
import {
  type ApplicantEvent,
  type ApplicantState,
  nextApplicant,
  type Screen,
} from '../people/applicant-machine.ts';
import type { Decision } from '../people/decisions.ts';
import { seededRandom } from '../people/random.ts';
import type { WorldClock } from '../ports.ts';
import { completedCase, openedCase, servedService } from '../window-system/case-calls.ts';
import { MATTERS } from '../window-system/matters.ts';
import type { ServiceOfCase, ThankedPress, WorldFact } from '../world/artefacts.ts';
import type { HallEvaluator } from '../world/hall-evaluator.ts';
import type { ApiAnswer, ApiCall, VirtualGateway } from '../world/virtual-gateway.ts';
import type { World } from '../world/world.ts';
import type { Plan, PlannedVisit } from './plan.ts';

/** A window system asks again after this time, doubling up to the limit; a clerk gives up after so many tries. */
const RETRY_MS = { from: 2000, limit: 300_000 };
const TRIES_LIMIT = 2000;
const INVITATION_SECONDS = 600;
const HASTE_MS = 400;
/** Who is not invited presses so long after the service, up to twice that. */
const UNINVITED_AFTER_MS = 20_000;

type Doing<Kind extends WorldFact['kind']> = Omit<
  Extract<WorldFact, { kind: Kind }>,
  'atMs' | 'gatewayMs' | 'lost'
>;

export interface Person {
  onScreen(screen: Screen): void;
  onThanked(seq: number): void;
  onPowerOff(): void;
  /** Resolves when the applicant has gone. */
  serve(invitation: string, decision: Decision): Promise<void>;
  /** One key, with whatever is on the screen. */
  pressUninvited(level: Level): void;
}

/** As much of a world as people need; in one in real time it has a clock and a trace alone. */
export interface PeopleWorld extends Pick<World, 'touch' | 'sleep' | 'fault'> {
  clock: WorldClock;
  trace: Pick<World['trace'], 'say'>;
}

export type PressedEvaluator = Pick<HallEvaluator, 'powered' | 'boots' | 'press'> & {
  identity: { device: string };
};

export interface PeopleParts {
  world: PeopleWorld;
  gateway: Pick<VirtualGateway, 'call' | 'operate' | 'running'> & { clock: { nowMs(): number } };
  facts: WorldFact[];
  thanked: ThankedPress[];
}

/** The applicant before one evaluator, and what this one thanked for. */
export function makePerson(parts: PeopleParts, evaluator: PressedEvaluator): Person {
  const { world, thanked } = parts;
  let state: ApplicantState = { at: 'away' };
  let screen: Screen = { name: '', invitation: undefined };
  let cancelTimer: () => void = () => undefined;
  let onDone: () => void = () => undefined;
  let keys: Level[] = [];
  let pressedMs = 0;
  let open: { invitation: string } | undefined;

  const key = (level: Level) => {
    if (!evaluator.powered) return;
    keys = open ? [...keys, level] : [level];
    pressedMs = world.clock.wallMs();
    world.trace.say(evaluator.identity.device, `key ${level}`);
    evaluator.press(level);
  };
  const give = (event: ApplicantEvent) => {
    const step = nextApplicant(state, event);
    state = step.state;
    for (const effect of step.effects) {
      switch (effect.type) {
        case 'wait':
          cancelTimer();
          cancelTimer = world.clock.after(effect.ms, () => give({ type: 'timer' }));
          break;
        case 'rest':
          cancelTimer();
          break;
        case 'key': {
          key(effect.level as Level);
          break;
        }
        case 'done':
          world.touch();
          onDone();
      }
    }
  };

  return {
    onScreen(next) {
      screen = next;
      if (next.name === 'chosen') open ??= { invitation: next.invitation ?? NO_HANDLE };
      else if (next.name !== 'writing' && next.name !== 'thanks') {
        open = undefined;
        keys = [];
      }
      give({ type: 'screen', screen });
    },
    onThanked(seq) {
      if (!open) return;
      const level = keys.at(-1)!;
      thanked.push({
        device: evaluator.identity.device,
        seq,
        level,
        keys,
        invitation: open.invitation,
        pressedMs,
        thankedMs: world.clock.wallMs(),
        boot: evaluator.boots,
      });
      open = undefined;
      keys = [];
    },
    onPowerOff() {
      open = undefined;
      keys = [];
      screen = { name: 'dark', invitation: undefined };
      if (state.at !== 'away') give({ type: 'screen', screen });
    },
    pressUninvited: (level) => key(level),
    serve: (invitation, decision) =>
      new Promise((resolve) => {
        onDone = resolve;
        give({ type: 'arrive', errand: { invitation, decision }, screen });
      }),
  };
}

/** Levels and manners of one applicant. */
export function decide(seed: number): Decision {
  const random = seededRandom(seed, 'applicant');
  const level = () => LEVELS[Math.floor(random() * LEVELS.length)]!;
  const manner = random();
  const afterMs = manner < 0.15 ? 50 + Math.floor(random() * HASTE_MS) : 800 + Math.floor(random() * 20_000);
  if (random() < 0.07) return { leaves: true, afterMs };
  const last = level();
  if (random() > 0.2) return { leaves: false, afterMs, level: last };
  const others = LEVELS.filter((other) => other !== last);
  const first = {
    level: others[Math.floor(random() * others.length)]!,
    changeAfterMs: 300 + Math.floor(random() * 2500),
  };
  return { leaves: false, afterMs, level: last, first };
}

export interface Clerk {
  /** Cases of this window that were completed earlier. Rejects when the gateway does not take one. */
  bringEarlier(earlier: NonNullable<Plan['earlier']>): Promise<void>;
  /** One visit from its beginning to the applicant's going. */
  serve(visit: PlannedVisit, number: number): Promise<void>;
  signIn(paused: boolean): Promise<void>;
  /** Resolves when nothing is left to do about the visits so far. */
  finish(): Promise<void>;
}

export function makeClerk(
  parts: PeopleParts,
  {
    window,
    device,
    person,
    staff = { badgeId: `B${window}`, name: '李䶮' },
  }: { window: string; device(): string; person: Person; staff?: { badgeId: string; name: string } },
): Clerk {
  const { world, gateway, facts } = parts;
  const now = () => world.clock.wallMs();
  const note = <Kind extends WorldFact['kind']>(fact: Doing<Kind>) => {
    facts.push({
      ...fact,
      atMs: now(),
      gatewayMs: gateway.clock.nowMs(),
      lost: false,
    } as unknown as WorldFact);
    world.trace.say(window, `${fact.kind} ${JSON.stringify(fact)}`);
  };
  const ask = (call: ApiCall) => askUntilAnswered(parts, call);
  const afterwards: Promise<unknown>[] = [];
  const beside = (work: Promise<unknown>) => {
    keep(world, work);
    afterwards.push(work);
  };

  const openCase = async (
    projectNo: string,
    { matterNo, services, time }: { matterNo: number; services: number; time(): number },
  ) => {
    const matter = MATTERS[matterNo % MATTERS.length]!;
    const opened = await ask(openedCase(projectNo, { matter, acceptedMs: time() }));
    if (!opened.ok) return false;
    note<'case'>({ kind: 'case', projectNo, taskName: matter.taskName });
    for (let assessNumber = 1; assessNumber <= services; assessNumber += 1) {
      const servedMs = time();
      const { serviceName } = matter;
      const served = await ask(
        servedService({ projectNo, assessNumber, serviceName, servedMs, staff, window }),
      );
      if (!served.ok) return false;
      note<'service'>({ kind: 'service', projectNo, assessNumber, window, badgeId: staff.badgeId, servedMs });
    }
    return true;
  };
  const complete = async (projectNo: string, completedMs = now()) => {
    const done = await ask({
      ...completedCase(projectNo, completedMs),
      idempotencyKey: `complete-${projectNo}`,
    });
    if (done.ok) note<'completion'>({ kind: 'completion', projectNo, completedMs });
    return done.ok;
  };
  const invite = async (services: ServiceOfCase[], idempotencyKey: string) => {
    const made = await ask({
      method: 'POST',
      path: '/v1/invitations',
      body: { window, services, termSeconds: INVITATION_SECONDS },
      idempotencyKey,
    });
    if (!made.ok) return undefined;
    const invitation = String(made.body.invitation);
    note<'invitation'>({
      kind: 'invitation',
      invitation,
      window,
      device: device(),
      services,
      termSeconds: INVITATION_SECONDS,
    });
    return invitation;
  };
  const withdraw = async (projectNo: string) => {
    const done = await ask({
      method: 'POST',
      path: `/v1/cases/${projectNo}/withdrawal`,
      idempotencyKey: `withdraw-${projectNo}`,
    });
    if (done.ok) note<'withdrawal'>({ kind: 'withdrawal', projectNo });
  };
  const transfer = async (projectNo: string) => {
    await ask({
      method: 'POST',
      path: `/v1/cases/${projectNo}/transfer`,
      body: { staff: { badgeId: `T${window}`, name: '王敏' } },
      idempotencyKey: `transfer-${projectNo}`,
    });
  };
  const cancel = async (invitation: string) => {
    const done = await ask({ method: 'DELETE', path: `/v1/invitations/${invitation}` });
    if (done.ok) note<'cancellation'>({ kind: 'cancellation', invitation });
  };
  /**
   * An appeal is granted: the operator's command finds the evaluation by its record. It is given until it succeeds, as
   * one that fails may have been kept all the same.
   */
  const exclude = async (invitation: string) => {
    const made = await ask({ method: 'GET', path: `/v1/invitations/${invitation}` });
    const evaluation = made.body.evaluation as { device: string; seq: number } | null | undefined;
    if (!evaluation) return;
    const { device: from, seq } = evaluation;
    for (let tries = 0; tries < TRIES_LIMIT; tries += 1) {
      const listed = await ask({ method: 'GET', path: '/v1/evaluations?limit=500' });
      const rows = (listed.body.evaluations ?? []) as { id: number; device: string; seq: number }[];
      const found = rows.find((row) => row.device === from && row.seq === seq);
      if (!found) return;
      if (gateway.running)
        try {
          gateway.operate('exclude-evaluation', {
            evaluation: found.id,
            by: staff.badgeId,
            reason: '误按',
            atMs: gateway.clock.nowMs(),
          });
          return note<'exclusion'>({ kind: 'exclusion', device: from, seq });
        } catch (error) {
          world.trace.say('operator', `could not exclude ${from} ${seq}: ${(error as Error).message}`);
        }
      await world.sleep(RETRY_MS.limit);
    }
  };
  /** What happens to the cases later on, beside the next visits. */
  const later = async (visit: PlannedVisit, projectNos: readonly string[], invitation: string) => {
    await world.sleep(visit.laterMs);
    if (visit.isExcluded) await exclude(invitation);
    for (const projectNo of projectNos) {
      if (visit.completes === 'after') await complete(projectNo);
      if (visit.isWithdrawn) await withdraw(projectNo);
      if (visit.isTransferred) await transfer(projectNo);
    }
  };

  return {
    async bringEarlier({ casesOfEachWindow, completedMs }) {
      for (let matterNo = 0; matterNo < casesOfEachWindow; matterNo += 1) {
        const projectNo = `${window}-earlier-${matterNo + 1}`;
        const isTaken =
          (await openCase(projectNo, { matterNo, services: 1, time: () => completedMs })) &&
          (await complete(projectNo, completedMs));
        if (!isTaken) throw new Error(`the gateway did not take ${projectNo}`);
      }
    },
    async signIn(paused) {
      const done = await ask({ method: 'PUT', path: `/v1/windows/${window}/desk`, body: { staff, paused } });
      if (done.ok) note<'sign-in'>({ kind: 'sign-in', window, badgeId: staff.badgeId, paused });
    },
    async serve(visit, number) {
      const projectNos = Array.from(
        { length: visit.cases },
        (_, index) => `${window}-${number}-${index + 1}`,
      );
      for (const [index, projectNo] of projectNos.entries()) {
        const told = { matterNo: visit.applicant + index, services: visit.services, time: now };
        if (!(await openCase(projectNo, told))) return;
      }
      if (visit.completes === 'before') for (const projectNo of projectNos) await complete(projectNo);
      if (visit.serviceMs > 0) await world.sleep(visit.serviceMs);
      if (visit.isWithoutCard) {
        await world.sleep(UNINVITED_AFTER_MS + (visit.applicant % UNINVITED_AFTER_MS));
        const decision = decide(visit.applicant);
        if (!decision.leaves) person.pressUninvited(decision.level);
        return;
      }
      const services = projectNos.map((projectNo) => ({ projectNo, assessNumber: visit.services }));
      const invitation = await invite(services, `invite-${window}-${number}`);
      if (invitation === undefined) return;
      if (visit.isCancelled) world.clock.after(4000, () => beside(cancel(invitation)));
      await person.serve(invitation, decide(visit.applicant));
      if (visit.isInvitedTwice) {
        const again = await invite(services, `again-${window}-${number}`);
        if (again !== undefined) await person.serve(again, decide(visit.applicant + 1));
      }
      beside(later(visit, projectNos, invitation));
    },
    async finish() {
      await Promise.allSettled(afterwards);
    },
  };
}

/** Work that nobody waits for: what goes wrong in it ends the run. */
export function keep(world: PeopleWorld, work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    world.fault ??= error;
    world.touch();
  });
}

type Asked = { ok: true; body: ApiAnswer['body'] } | { ok: false; body: ApiAnswer['body'] };

async function askUntilAnswered({ world, gateway }: PeopleParts, call: ApiCall): Promise<Asked> {
  let pauseMs = RETRY_MS.from;
  for (let tries = 0; tries < TRIES_LIMIT; tries += 1) {
    const answer = await gateway.call(call);
    if (answer && answer.status < 500 && answer.status !== 429) {
      if (answer.status >= 400)
        world.trace.say('api', `${call.method} ${call.path} ${JSON.stringify(answer.body)}`);
      return { ok: answer.status < 400, body: answer.body };
    }
    await world.sleep(pauseMs);
    pauseMs = Math.min(2 * pauseMs, RETRY_MS.limit);
  }
  return { ok: false, body: {} };
}
