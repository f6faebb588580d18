// Load as a hall of many windows puts on its gateway: every evaluator connected with its own identity over real sockets,
// presses at a steady rate, each for a case of its own where the gateway's API is there to invite. Told is what a person
// would feel of it; bounded by its seconds, and ends by itself.
import { setMaxListeners } from 'node:events';
import type { DeviceIdentity } from '../../gateway/fleet/registry.ts';
import { createRealClock } from '../engines/real-clock.ts';
import { readProvinceStore } from '../province/read-store.ts';
import { openedCase, servedService } from '../window-system/case-calls.ts';
import { createGatewayApi, type GatewayApi } from '../window-system/gateway-api.ts';
import { MATTERS } from '../window-system/matters.ts';
import { connectFleetEvaluator, type FleetEvaluator, type FleetPress } from './fleet-evaluator.ts';
import { type Latencies, latenciesOf } from './latencies.ts';
import { FLEET_STAFF } from './own-gateway.ts';

const CONNECTED_AT_ONCE = 40;
const PROGRESS_EVERY_MS = 5000;
const LOOK_EVERY_MS = 50;
/** After the last key everything may take so long to arrive. */
const DRAIN_LIMIT_MS = 30_000;
/** Presses under way; beyond them a due one is not begun, and told as such. */
const UNDER_WAY_LIMIT = 20_000;

export interface FleetOptions {
  identities: readonly DeviceIdentity[];
  gateway: { host: string; port: number };
  /** Above any of an earlier run with these identities. */
  boot: number;
  nextSeq(device: string): number;
  /** Presses a second. */
  rate: number;
  seconds: number;
  /** To open a case and invite for each press, at the window of its evaluator. Undefined: unlinked presses. */
  api: { url: string; key: string; windowOf: ReadonlyMap<string, string> } | undefined;
  /** Where the province keeps what it received; undefined: nobody can tell. */
  provinceFile: string | undefined;
  say(line: string): void;
}

export interface FleetReport {
  devices: number;
  connected: number;
  connectedSeconds: number;
  /** Presses asked for, that got no card or could not begin, that were thanked for, that the gateway acknowledged. */
  planned: number;
  failed: number;
  pressed: number;
  acknowledged: number;
  pressesPerSecond: number;
  keyToThanks: Latencies;
  keyToRecord: Latencies;
  /** Undefined where the province cannot be looked into. */
  keyToProvince: Latencies | undefined;
  nextSeq: Record<string, number>;
}

export async function runFleet(options: FleetOptions): Promise<FleetReport> {
  const { rate, seconds, say } = options;
  const clock = createRealClock();
  const beganMs = performance.now();
  const evaluators = await connectAll(options);
  const connectedSeconds = tenths(performance.now() - beganMs);
  say(`${evaluators.length} of ${options.identities.length} evaluators connected in ${connectedSeconds} s`);
  const ending = new AbortController();
  // Each call that is under way listens to it.
  setMaxListeners(0, ending.signal);
  const api = options.api && createGatewayApi({ ...options.api, clock, signal: ending.signal });
  const run = `${Math.floor(Date.now() / 1000)}`;
  const presses: FleetPress[] = [];
  const account = { planned: 0, failed: 0, underWay: 0, firstFailure: '' };
  const fail = (why: string) => {
    account.failed += 1;
    if (account.firstFailure === '') say(`A press failed: ${why}`);
    account.firstFailure ||= why;
  };
  const pressOnce = async (evaluator: FleetEvaluator, number: number) => {
    account.underWay += 1;
    try {
      const window = options.api?.windowOf.get(evaluator.device);
      const asked: Asked =
        api && window !== undefined ? await invite(api, { window, projectNo: `fleet-${run}-${number}` }) : {};
      if (asked.refused !== undefined) return fail(asked.refused);
      const press = await evaluator.press(asked);
      if (press) presses.push(press);
      else fail(`${evaluator.device} was not shown its card`);
    } finally {
      account.underWay -= 1;
    }
  };
  const startMs = performance.now();
  const total = Math.round(rate * seconds);
  let toldMs = startMs;
  const busy = new Map<number, Promise<void>>();
  const done: Promise<void>[] = [];
  while (account.planned < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startMs) / 1000) * rate) + 1);
    for (; account.planned < due; account.planned += 1) {
      const index = account.planned % Math.max(1, evaluators.length);
      const evaluator = evaluators[index];
      if (!evaluator || account.underWay >= UNDER_WAY_LIMIT) {
        fail(evaluator ? 'too many presses under way' : 'no evaluator is connected');
        continue;
      }
      const number = account.planned + 1;
      // One person at a time before an evaluator.
      const next = (busy.get(index) ?? Promise.resolve()).then(() => pressOnce(evaluator, number));
      busy.set(index, next);
      done.push(next);
    }
    await wait(LOOK_EVERY_MS);
    if (performance.now() - toldMs < PROGRESS_EVERY_MS) continue;
    toldMs = performance.now();
    const recorded = presses.filter(({ recordMs }) => recordMs !== undefined);
    const { p99Ms } = latenciesOf(recorded.map(({ keyMs, recordMs }) => recordMs! - keyMs));
    say(
      `${Math.round((toldMs - startMs) / 1000)} s: ${presses.length} thanked, ${recorded.length} at the gateway, key to record ${p99Ms} ms at 99 %, ${account.failed} failed`,
    );
  }
  await Promise.all(done);
  const lastMs = performance.now();
  const isDone = () =>
    presses.every(({ recordMs }) => recordMs !== undefined) && provinceHas(options, presses);
  while (!isDone() && performance.now() - lastMs < DRAIN_LIMIT_MS) await wait(LOOK_EVERY_MS * 10);
  ending.abort();
  const nextSeq = Object.fromEntries(evaluators.map(({ device, nextSeq: next }) => [device, next]));
  const connected = evaluators.filter((evaluator) => evaluator.connected).length;
  await Promise.all(evaluators.map((evaluator) => evaluator.end()));
  const acknowledged = presses.filter(({ recordMs }) => recordMs !== undefined);
  return {
    devices: options.identities.length,
    connected,
    connectedSeconds,
    planned: total,
    failed: account.failed,
    pressed: presses.length,
    acknowledged: acknowledged.length,
    pressesPerSecond: Math.round((presses.length / ((lastMs - startMs) / 1000)) * 10) / 10,
    keyToThanks: latenciesOf(presses.map(({ keyMs, thanksMs }) => thanksMs - keyMs)),
    keyToRecord: latenciesOf(acknowledged.map(({ keyMs, recordMs }) => recordMs! - keyMs)),
    keyToProvince:
      options.provinceFile === undefined
        ? undefined
        : latenciesOf(provinceTimes(options.provinceFile, presses)),
    nextSeq,
  };
}

async function connectAll(options: FleetOptions): Promise<FleetEvaluator[]> {
  const { identities, gateway, boot, say } = options;
  const made: FleetEvaluator[] = [];
  const left = [...identities];
  let refused = 0;
  let toldMs = performance.now();
  const worker = async () => {
    for (let identity = left.shift(); identity; identity = left.shift()) {
      const nextSeq = options.nextSeq(identity.device);
      try {
        made.push(await connectFleetEvaluator({ identity, ...gateway, boot, nextSeq }));
      } catch (error) {
        refused += 1;
        if (refused === 1) say(`${identity.device} was not connected: ${(error as Error).message}`);
      }
      if (performance.now() - toldMs < PROGRESS_EVERY_MS) continue;
      toldMs = performance.now();
      say(`${made.length} of ${identities.length} evaluators connected`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTED_AT_ONCE }, worker));
  return made;
}

interface Asked {
  invitation?: string;
  projectNo?: string;
  /** Why there is no invitation, though there should be. */
  refused?: string;
}

/** A case with one service, and the invitation for it. */
async function invite(
  api: GatewayApi,
  { window, projectNo }: { window: string; projectNo: string },
): Promise<Asked> {
  const matter = MATTERS[projectNo.length % MATTERS.length]!;
  const atMs = Date.now();
  const services = [{ projectNo, assessNumber: 1 }];
  const steps = [
    openedCase(projectNo, { matter, acceptedMs: atMs }),
    servedService({
      ...services[0]!,
      serviceName: matter.serviceName,
      servedMs: atMs,
      staff: FLEET_STAFF,
      window,
    }),
  ];
  for (const step of steps) {
    const answer = await api.call(step);
    if (!answer.ok) return { refused: `${step.path} ${answer.code} ${answer.message}` };
  }
  const made = await api.call<{ invitation: string }>({
    method: 'POST',
    path: '/v1/invitations',
    body: { window, services },
  });
  return made.ok
    ? { invitation: made.body.invitation, projectNo }
    : { refused: `${made.code} ${made.message}` };
}

function provinceHas({ provinceFile }: FleetOptions, presses: readonly FleetPress[]): boolean {
  return provinceFile === undefined || provinceTimes(provinceFile, presses).length >= presses.length;
}

function provinceTimes(file: string, presses: readonly FleetPress[]): number[] {
  const received = new Map(
    readProvinceStore(file).evaluations.map(({ projectNo, receivedMs }) => [projectNo, receivedMs]),
  );
  return presses.flatMap(({ projectNo, keyWallMs }) => {
    const receivedMs = projectNo === undefined ? undefined : received.get(projectNo);
    return receivedMs === undefined ? [] : [receivedMs - keyWallMs];
  });
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const tenths = (ms: number) => Math.round(ms / 100) / 10;
