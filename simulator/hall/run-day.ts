// Plays a planned day and tells what a person would want to know of it: how many came, pressed and left, how they judged,
// and how long a press took to be thanked for, to be in the database and to be at the province.
import Database from 'better-sqlite3';
import type { FirmwareImage } from '../engine.ts';
import type { Plan } from '../faults/plan.ts';
import { type RunResult, runPlan } from '../faults/run-plan.ts';
import { quantilesOf } from '../quantiles.ts';
import type { RunArtefacts } from '../world/artefacts.ts';

export interface Quantiles {
  medianMs: number;
  p99Ms: number;
  longestMs: number;
}

/** Of a part of the run. */
export interface Pace {
  virtualSeconds: number;
  wallSeconds: number;
  timesRealTime: number;
}

/** Its own pace is that of the whole day and what it took until all had arrived after midnight. */
export interface DayReport extends Pace {
  visits: number;
  invitations: number;
  batches: number;
  presses: number;
  changedMinds: number;
  /** By level, 5 first. */
  levels: Record<number, number>;
  /** Terms that ended without an evaluation, and got the default. */
  defaults: number;
  keyToThanks: Quantiles;
  keyToRecord: Quantiles;
  keyToProvince: Quantiles;
  /** Of this process, all its threads, in the whole time. */
  cpuSeconds: number;
  /** While the hall was open. */
  openHours: Pace;
  hash: string;
}

/** What differs from run to run, and the trace. */
export type Measured = keyof Pace | 'cpuSeconds' | 'openHours' | 'hash';

export interface PlayedDay {
  result: RunResult;
  report: DayReport | undefined;
}

export async function runDay(options: {
  plan: Plan;
  folder: string;
  firmware: FirmwareImage;
  onLine?: (line: string) => void;
}): Promise<PlayedDay> {
  const { plan } = options;
  let seen: Omit<DayReport, Measured> | undefined;
  const beganMs = performance.now();
  const cpuBefore = process.cpuUsage();
  let endedMs = beganMs;
  let cpu = cpuBefore;
  const open = { beganMs, endedMs: beganMs };
  const result = await runPlan({
    ...options,
    onWorld({ clock }) {
      clock.after(plan.opensMs, () => {
        open.beganMs = performance.now();
      });
      clock.after(plan.closesMs, () => {
        open.endedMs = performance.now();
      });
    },
    onArtefacts: (artefacts) => {
      endedMs = performance.now();
      cpu = process.cpuUsage(cpuBefore);
      seen = lookAtDay(plan, artefacts);
    },
  });
  if (!seen) return { result, report: undefined };
  return {
    result,
    report: {
      ...seen,
      ...paceOf(result.virtualSeconds, endedMs - beganMs),
      cpuSeconds: Math.round((cpu.user + cpu.system) / 1e5) / 10,
      openHours: paceOf((plan.closesMs - plan.opensMs) / 1000, open.endedMs - open.beganMs),
      hash: result.hash,
    },
  };
}

function paceOf(virtualSeconds: number, wallMs: number): Pace {
  return {
    virtualSeconds,
    wallSeconds: Math.round(wallMs) / 1000,
    timesRealTime: Math.round((virtualSeconds * 1000) / wallMs),
  };
}

/** What is told of a day, from what it left behind. */
export function lookAtDay(
  plan: Plan,
  {
    thanked,
    facts,
    databaseFile,
    provinceFile,
  }: Pick<RunArtefacts, 'thanked' | 'facts' | 'databaseFile' | 'provinceFile'>,
) {
  const rows = read<{ device: string; seq: number; receivedMs: number }>(
    databaseFile,
    'SELECT d.id AS device, p.seq, p.received_ms AS receivedMs FROM press p JOIN device d ON d.no = p.device_no',
  );
  const received = new Map(rows.map(({ device, seq, receivedMs }) => [`${device} ${seq}`, receivedMs]));
  const atProvince = new Map(
    read<{ name: string; receivedMs: number }>(
      provinceFile,
      "SELECT project_no || '/' || assess_number AS name, received_ms AS receivedMs FROM evaluations",
    ).map(({ name, receivedMs }) => [name, receivedMs]),
  );
  const invitations = facts.filter((fact) => fact.kind === 'invitation');
  const firstService = new Map(
    invitations.map(({ invitation, services }) => [
      invitation,
      `${services[0]!.projectNo}/${services[0]!.assessNumber}`,
    ]),
  );
  const since = (untilMs: (press: RunArtefacts['thanked'][number]) => number | undefined) =>
    quantiles(
      thanked.flatMap((press) => {
        const endMs = untilMs(press);
        return endMs === undefined ? [] : [endMs - press.pressedMs];
      }),
    );
  return {
    visits: plan.visits.length,
    invitations: invitations.length,
    batches: invitations.filter(({ services }) => services.length > 1).length,
    presses: thanked.length,
    defaults: read<{ count: number }>(
      databaseFile,
      'SELECT count(*) AS count FROM outbox WHERE default_fact IS NOT NULL',
    )[0]!.count,
    changedMinds: thanked.filter(({ keys }) => new Set(keys).size > 1).length,
    levels: Object.fromEntries(
      [5, 4, 3, 2, 1].map((level) => [level, thanked.filter((press) => press.level === level).length]),
    ),
    keyToThanks: since(({ thankedMs }) => thankedMs),
    keyToRecord: since(({ device, seq }) => received.get(`${device} ${seq}`)),
    keyToProvince: since(({ invitation }) => atProvince.get(firstService.get(invitation) ?? '')),
  };
}

function read<Row>(file: string, sql: string): Row[] {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare(sql).all() as Row[];
  } finally {
    database.close();
  }
}

function quantiles(lengthsMs: number[]): Quantiles {
  const quantile = quantilesOf(lengthsMs);
  const at = (share: number) => quantile(share) ?? 0;
  return { medianMs: at(0.5), p99Ms: at(0.99), longestMs: at(1) };
}
