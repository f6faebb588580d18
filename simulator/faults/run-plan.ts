// One run: eight days under faults, then everything is put right and must arrive within a bound, then every checker
// reads what was left behind. Returns values; what a run found is told by `report.ts`.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { DATABASE_FILE } from '../../gateway/store/open-database.ts';
import type { FirmwareImage } from '../engine.ts';
import type { Finding, RunArtefacts, ThankedPress } from '../world/artefacts.ts';
import { createWorld, type World } from '../world/world.ts';
import { planFaults } from './break-things.ts';
import { CHECKERS } from './checkers.ts';
import { buildHall, confirmClock, HALL, type SimulatedHall } from './hall.ts';
import { watchMarks } from './marks.ts';
import { keep } from './people.ts';
import { DAY_MS, type Plan } from './plan.ts';
import { lookAfterEvaluators } from './technician.ts';

const MINUTE_MS = 60_000;
/** After the faults everything must have arrived within this time. */
export const SETTLE_LIMIT_MS = 12 * 60 * MINUTE_MS;
const LOOK_EVERY_MS = 5 * MINUTE_MS;

export interface BrokenInvariant extends Finding {
  checker: string;
}

export interface RunResult {
  seed: number;
  findings: BrokenInvariant[];
  /** Of everything that happened. */
  hash: string;
  lastLines: string[];
  virtualSeconds: number;
  presses: number;
  faults: number;
  /** Rare branches that it visited (`marks.ts`). */
  marks: string[];
}

export interface RunOptions {
  plan: Plan;
  /** Made, and gone afterwards unless something was found and it is to be kept. */
  folder: string;
  firmware: FirmwareImage;
  onLine?: ((line: string) => void) | undefined;
  /** Before it begins; may have itself woken by its clock, and has to change nothing in it. */
  onWorld?: (world: Pick<World, 'clock'>) => void;
  keepFolder?: boolean;
  /** While they are still there. */
  onArtefacts?: (artefacts: RunArtefacts) => void;
}

export async function runPlan(options: RunOptions): Promise<RunResult> {
  const { plan, folder, firmware, onLine } = options;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const marks = watchMarks();
  const world = createWorld({
    seed: plan.seed,
    wallMs: plan.beginsMs,
    onLine(line) {
      marks.line(line);
      onLine?.(line);
    },
  });
  options.onWorld?.(world);
  const findings: BrokenInvariant[] = [];
  let thanked = 0;
  let struck = 0;
  let hall: SimulatedHall | undefined;
  try {
    hall = buildHall({ world, plan, folder, firmware });
    await hall.begin();
    const faults = planFaults(hall);
    await world.runTo(plan.days * DAY_MS);
    world.trace.say('world', 'the faults end');
    hall.stayOpen();
    faults.heal();
    const left = await settle(hall);
    for (const finding of left) findings.push({ checker: 'settles', ...finding });
    const artefacts = await close(hall, left.length === 0);
    thanked = artefacts.thanked.length;
    struck = artefacts.faults.length;
    options.onArtefacts?.(artefacts);
    for (const checker of CHECKERS)
      for (const finding of checker.check(artefacts)) findings.push({ checker: checker.name, ...finding });
  } catch (error) {
    findings.push({ checker: 'runs', invariant: 0, what: (error as Error).stack ?? String(error) });
  } finally {
    if (options.keepFolder && hall) keepDatabase(hall);
    hall?.removeDisks();
    world.end();
    marks.end();
  }
  for (const { checker, invariant, what } of findings)
    world.trace.say(checker, `invariant ${invariant}: ${what}`);
  if (!options.keepFolder) rmSync(folder, { recursive: true, force: true });
  return {
    seed: plan.seed,
    findings,
    lastLines: world.trace.last(),
    hash: world.trace.hash(),
    virtualSeconds: Math.round(world.clock.monotonicMs() / 1000),
    presses: thanked,
    faults: struck,
    marks: marks.reached(),
  };
}

/** For whoever looks into what was found. */
function keepDatabase({ disk, config }: SimulatedHall): void {
  for (const [name, bytes] of disk.copy()) writeFileSync(join(config.dataFolder, name), bytes);
}

/** Everyone comes and stays until every journal and every backlog is empty. Returns what has not been done in time. */
async function settle(hall: SimulatedHall): Promise<Finding[]> {
  const { world } = hall;
  await world.runTo(world.clock.monotonicMs() + MINUTE_MS);
  confirmClock(hall);
  const endMs = world.clock.monotonicMs() + SETTLE_LIMIT_MS + datedAheadMs(hall);
  for (;;) {
    const left = leftToDo(hall);
    if (left.length === 0 || world.clock.monotonicMs() >= endMs) return left;
    keep(world, lookAfterEvaluators(hall));
    await world.runTo(world.clock.monotonicMs() + LOOK_EVERY_MS);
  }
}

/** What a wrong clock dated ahead waits until that time has come: no press without a card is matched before. */
function datedAheadMs({ clockOffsets, world }: SimulatedHall): number {
  const nowMs = world.clock.wallMs();
  const shown = clockOffsets.map(({ aheadMs }, index) => (clockOffsets[index + 1]?.atMs ?? nowMs) + aheadMs);
  return Math.max(0, Math.max(...shown) - nowMs);
}

/**
 * As consoles and the database tell, once nobody stands before an evaluator any more: every evaluator is connected, the
 * presses people were thanked for are there, terms that have ended are decided, and upstream owes no answer.
 */
function leftToDo(hall: SimulatedHall): Finding[] {
  const { thanked, config, gateway, reflashed, atWork, evaluators, links } = hall;
  if (!gateway.running) return [{ invariant: 1, what: 'The gateway does not run.' }];
  if (atWork > 0) return [{ invariant: 1, what: 'Clerks have something left to do.' }];
  const left: Finding[] = evaluators.flatMap(({ identity }, index) =>
    links[index] === 'online'
      ? []
      : [{ invariant: 1, what: `Evaluator ${identity.device} is not connected: ${links[index]}.` }],
  );
  const database = new Database(join(config.dataFolder, DATABASE_FILE), { readonly: true });
  try {
    const received = new Map(
      database
        .prepare('SELECT d.id, r.up_to FROM received r JOIN device d ON d.no = r.device_no')
        .raw()
        .all() as [string, number][],
    );
    const isLost = ({ device, thankedMs }: ThankedPress) =>
      reflashed.some((erased) => erased.device === device && erased.atMs >= thankedMs);
    for (const press of thanked)
      if (!isLost(press) && (received.get(press.device) ?? 0) < press.seq)
        left.push({ invariant: 1, what: `Press ${press.device}/${press.seq} has not arrived.` });
    const due = database
      .prepare('SELECT count(*) FROM service_state WHERE due_ms <= ?')
      .pluck()
      .get(gateway.clock.nowMs()) as number;
    if (due > 0) left.push({ invariant: 4, what: `${due} services whose term has ended are not decided.` });
    const owed = upstreamOwes(database);
    if (owed > 0) left.push({ invariant: 5, what: `${owed} rows have not come to their end upstream.` });
    return left;
  } finally {
    database.close();
  }
}

/** Rows that have not come to their end upstream, and presses that are still matched. */
export function upstreamOwes(database: Database.Database): number {
  return database
    .prepare(
      `SELECT (SELECT coalesce(max(id), 0) FROM outbox) - (SELECT up_to FROM connector)
           + (SELECT count(*) FROM delivery WHERE state NOT IN ('refused', 'listed', 'omitted', 'skipped'))
           + (SELECT count(*) FROM unlinked WHERE look = 1)`,
    )
    .pluck()
    .get() as number;
}

async function close(hall: SimulatedHall, settled: boolean): Promise<RunArtefacts> {
  const { world, gateway, plan, config, evaluators } = hall;
  const gatewayEndedMs = gateway.clock.nowMs();
  const stopping = gateway.stop();
  await world.runTo(world.clock.monotonicMs() + MINUTE_MS);
  await stopping;
  for (const evaluator of evaluators) evaluator.powerOff();
  hall.province.close();
  return {
    seed: plan.seed,
    hall: HALL,
    dataFolder: config.dataFolder,
    databaseFile: join(config.dataFolder, DATABASE_FILE),
    masterKeyFile: config.masterKeyFile,
    provinceFile: hall.provinceFile,
    devices: [...hall.former, ...evaluators.map((evaluator) => evaluator.artefact())],
    thanked: hall.thanked,
    facts: hall.facts,
    faults: hall.faults,
    rules: {
      ...plan.rules,
      defaultLevel: config.rules.defaultLevel,
      defaultSendAfterDays: config.rules.defaultSendAfterDays,
      calendarOverrides: [],
    },
    unlinkedPresses: plan.unlinkedPresses,
    beganMs: plan.beginsMs,
    endedMs: world.clock.wallMs(),
    gatewayEndedMs,
    clockOffsets: hall.clockOffsets,
    restores: hall.restores,
    lostDevices: [],
    reflashed: hall.reflashed,
    rotted: hall.rotted,
    garbled: [...hall.garbled],
    replaysAccepted: hall.replaysAccepted,
    gatewayStarts: hall.gatewayStarts,
    gatewayEnds: hall.gatewayEnds,
    settled,
  };
}
