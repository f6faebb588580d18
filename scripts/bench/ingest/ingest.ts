// `bench -- ingest`: every system gets the same records from the same generator, in turn within each round, so that
// whatever else the machine does meets all of them. Ratios are to `reference-group` in the same round.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fdatasyncMs, untilDiskIsCalm } from '../disk-figures.ts';
import { median, memoryMb, processorMs } from '../process-figures.ts';
import { compileLoad, type Load, type RunResult, startLoad } from './load.ts';
import { prepareRecords } from './prepared-records.ts';
import {
  makeGatewayFolder,
  type System,
  startGatewayProgram,
  startMosquitto,
  startReference,
  startSink,
} from './systems.ts';

export interface IngestOptions {
  rounds: number;
  roundMs: number;
  connections: number[];
  windows: number[];
  systems: string[];
  say(line: string): void;
  result(value: object): void;
}

/** Records prepared for one measurement, each with an invitation; a system that takes more ends its run early. */
const PREPARED_PER_SECOND = 25_000;
/** A round that does not count: compilers and caches get ready. */
const WARM_UP = 0;
/** Eight evaluators, the next record as soon as the one before it is acknowledged: all that eight can send. */
const LIGHT: Shape = { connections: 8, window: 1 };
/** The same with a pause of 25 to 75 ms, still a hundred times as quick as people press. */
const PACED: Shape = { ...LIGHT, pauseMs: 50 };

interface Shape {
  connections: number;
  window: number;
  pauseMs?: number;
}

interface Measured extends RunResult, Shape {
  system: string;
  round: number;
  perSecond: number;
  cpuMs: number;
}

export async function benchIngest(options: IngestOptions): Promise<void> {
  const { say } = options;
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-bench-'));
  const systems: System[] = [];
  const loads = new Map<System, Load>();
  try {
    const devices = Math.max(...options.connections, LIGHT.connections);
    say(`registering ${devices} evaluators`);
    const gateway = await makeGatewayFolder(folder, devices);
    const records = prepareRecords(gateway.identities);
    const program = compileLoad(folder);
    const start: Record<string, () => Promise<System>> = {
      pingjia: () => startGatewayProgram(gateway),
      'reference-naive': () => startReference('naive', folder),
      'reference-group': () => startReference('group', folder),
      mosquitto: () => startMosquitto(folder),
      sink: () => startSink(program),
    };
    for (const name of options.systems) {
      const starting = start[name];
      if (!starting) throw new Error(`no such system: ${name}`);
      systems.push(await starting());
    }
    const memory: Record<string, number> = {};
    for (const system of systems) {
      const { name, port, withProof, prepare } = system;
      const wrap = system.rows() === undefined;
      const load = await startLoad({
        program,
        folder,
        system: name,
        port,
        withProof,
        wrap,
        records,
        prepare,
      });
      loads.set(system, load);
      memory[name] = memoryMb(system.pid);
      say(`${name}: ${devices} connected in ${load.connectedMs} ms, ${memory[name]} MB`);
    }

    const measured: Measured[] = [];
    const sent = new Map<string, number>();
    const measure = async (system: System, round: number, shape: Shape) => {
      const prepared = (PREPARED_PER_SECOND * options.roundMs) / 1000;
      const beforeMs = processorMs(system.pid);
      const run = await loads.get(system)!.run({
        ...shape,
        durationMs: options.roundMs,
        recordsPerConnection: Math.max(shape.window, Math.ceil(prepared / shape.connections)),
      });
      const one: Measured = {
        ...run,
        ...shape,
        system: system.name,
        round,
        perSecond: (run.acknowledged * 1000) / run.elapsedMs,
        cpuMs: ((processorMs(system.pid) - beforeMs) * 1000) / run.sent,
      };
      if (round !== WARM_UP) measured.push(one);
      sent.set(system.name, (sent.get(system.name) ?? 0) + run.sent);
      say(
        `round ${round} ${system.name} ${shape.connections}×${shape.window}${shape.pauseMs === undefined ? '' : ' with pauses'}: ${Math.round(one.perSecond)}/s, p50 ${one.p50Ms.toFixed(2)} ms, p99 ${one.p99Ms.toFixed(2)} ms, max ${one.maxMs.toFixed(1)} ms, CPU ${one.cpuMs.toFixed(1)} ms per 1,000, ${run.downward} downward`,
      );
    };
    const syncs: number[] = [];
    const pacedSyncs: number[] = [];
    const shapes = options.windows.flatMap((window) =>
      options.connections.map((connections) => ({ connections, window })),
    );
    say('warming up');
    for (const shape of shapes.filter(({ connections }) => connections === shapes[0]!.connections))
      for (const system of systems) await measure(system, WARM_UP, shape);
    say('waiting until the disk is calm');
    await untilDiskIsCalm(folder);
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const shape of shapes) for (const system of systems) await measure(system, round, shape);
      syncs.push(await fdatasyncMs(folder));
      const own = systems.find(({ name }) => name === 'pingjia');
      if (!own) continue;
      await measure(own, round, LIGHT);
      // Again: the disk changes its pace within seconds.
      syncs.push(await fdatasyncMs(folder));
      await measure(own, round, PACED);
      pacedSyncs.push(await fdatasyncMs(folder, PACED.pauseMs! / PACED.connections));
    }

    for (const system of systems) {
      const rows = system.rows();
      if (rows !== undefined && rows !== sent.get(system.name))
        throw new Error(`${system.name} acknowledged ${sent.get(system.name)} records and holds ${rows}`);
    }
    const result = summary(measured, { syncs, pacedSyncs, memory, devices });
    const { light, paced } = result;
    if (light)
      say(
        `acknowledged at ${light.connections} evaluators after ${light.p50Ms} ms (p50), ${result.acknowledgementTimesFdatasync} times the disk's own fdatasync of ${result.fdatasyncMs} ms`,
      );
    if (paced)
      say(
        `with pauses of ${paced.pauseMs} ms after ${paced.p50Ms} ms (p50), ${paced.acknowledgementTimesFdatasync} times the disk's own fdatasync of ${paced.fdatasyncMs} ms at that pace`,
      );
    options.result(result);
  } finally {
    for (const load of loads.values()) await load.stop();
    for (const system of systems) await system.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const isSameShape = (one: Shape, other: Shape): boolean =>
  one.connections === other.connections && one.window === other.window && one.pauseMs === other.pauseMs;

const rounded = (value: number) => Math.round(value * 100) / 100;

function summary(
  measured: Measured[],
  {
    syncs,
    pacedSyncs,
    memory,
    devices,
  }: { syncs: number[]; pacedSyncs: number[]; memory: Record<string, number>; devices: number },
) {
  const of = (one: Shape & { system: string }) =>
    measured.filter(({ system, ...shape }) => system === one.system && isSameShape(shape, one));
  const reference = ({ round, connections, window }: Measured) =>
    of({ system: 'reference-group', connections, window }).find((other) => other.round === round);
  const figures = (one: Measured) => {
    const rounds = of(one);
    const middle = (pick: (of: Measured) => number) => rounded(median(rounds.map(pick)));
    return {
      system: one.system,
      connections: one.connections,
      window: one.window,
      ...(one.pauseMs !== undefined && { pauseMs: one.pauseMs }),
      perSecond: Math.round(middle((of) => of.perSecond)),
      ratio: middle((of) => of.perSecond / (reference(of)?.perSecond ?? of.perSecond)),
      p50Ms: middle((of) => of.p50Ms),
      p99Ms: middle((of) => of.p99Ms),
      cpuMsPerThousand: middle((of) => of.cpuMs),
    };
  };
  const first = measured.filter((one) => of(one)[0] === one).map(figures);
  const results = first.filter(
    ({ system, connections }) => system !== 'sink' && connections !== LIGHT.connections,
  );
  const fastest = Math.max(...results.map(({ perSecond }) => perSecond));
  const sink = first.filter(({ system }) => system === 'sink');
  const [fdatasync, pacedFdatasync] = [syncs, pacedSyncs].map((times) => rounded(median(times)));
  const [light, paced] = [LIGHT, PACED].map((shape) => first.find((one) => isSameShape(one, shape)));
  return {
    results,
    fdatasyncMs: fdatasync!,
    light: light ?? null,
    acknowledgementTimesFdatasync: light ? rounded(light.p50Ms / fdatasync!) : null,
    paced: paced
      ? {
          ...paced,
          fdatasyncMs: pacedFdatasync!,
          acknowledgementTimesFdatasync: rounded(paced.p50Ms / pacedFdatasync!),
        }
      : null,
    generator: sink.map(({ connections, window, perSecond }) => ({ connections, window, perSecond })),
    generatorTimesFastest:
      sink.length === 0 ? null : rounded(Math.max(...sink.map(({ perSecond }) => perSecond)) / fastest),
    memoryMb: { idleConnections: devices, ...memory },
  };
}
