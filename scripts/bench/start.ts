// `bench -- start`: how long evaluators are without their gateway when it is started again on a large database.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayFolder, makeGatewayFolder, startGatewayProgram } from './ingest/systems.ts';
import { median, processorMs } from './process-figures.ts';
import { seedHall } from './sweep/seed-hall.ts';

interface Start {
  readyMs: number;
  cpuMs: number;
}

/** Full and empty in turns, so that whatever else the machine does meets both. The first start of each is left out: it may have to make the program, and brings the file into the page cache. */
export async function benchStart({ cases, rounds }: { cases: number; rounds: number }): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-start-'));
  try {
    const make = (name: string) => {
      mkdirSync(join(folder, name));
      return makeGatewayFolder(join(folder, name), 200);
    };
    const halls = { full: await make('full'), empty: await make('empty') };
    seedHall(halls.full.dataFolder, { cases, due: 1, nowMs: Date.now() });
    const starts: Record<keyof typeof halls, Start[]> = { full: [], empty: [] };
    for (let round = 0; round <= rounds; round += 1) {
      for (const name of ['full', 'empty'] as const) {
        const start = await timeStart(halls[name]);
        if (round > 0) starts[name].push(start);
      }
    }
    return { cases, ...mediansOf(starts.full), empty: mediansOf(starts.empty), load: loadavg()[0] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timeStart(hall: GatewayFolder): Promise<Start> {
  const startMs = performance.now();
  const gateway = await startGatewayProgram(hall);
  const readyMs = performance.now() - startMs;
  const cpuMs = processorMs(gateway.pid);
  await gateway.stop();
  return { readyMs, cpuMs };
}

function mediansOf(starts: Start[]): Start {
  return {
    readyMs: Math.round(median(starts.map(({ readyMs }) => readyMs))),
    cpuMs: Math.round(median(starts.map(({ cpuMs }) => cpuMs))),
  };
}
