// `bench -- start`: how long evaluators are without their gateway when it is started again on a large database.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, processorMs } from './ingest/process-figures.ts';
import { makeGatewayFolder, startGatewayProgram } from './ingest/systems.ts';
import { seedHall } from './sweep/seed-hall.ts';

interface Start {
  readyMs: number;
  cpuMs: number;
}

/** The first of both is left out: it may have to make the program, and brings the file into the page cache. */
export async function benchStart({ cases, rounds }: { cases: number; rounds: number }): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-start-'));
  try {
    const hall = await makeGatewayFolder(folder, 200);
    const time = async (): Promise<Start> => {
      const startMs = performance.now();
      const gateway = await startGatewayProgram(hall);
      const readyMs = performance.now() - startMs;
      const cpuMs = processorMs(gateway.pid);
      await gateway.stop();
      return { readyMs, cpuMs };
    };
    const timeAll = async () => {
      await time();
      const starts: Start[] = [];
      for (let round = 0; round < rounds; round += 1) starts.push(await time());
      return {
        readyMs: Math.round(median(starts.map(({ readyMs }) => readyMs))),
        cpuMs: Math.round(median(starts.map(({ cpuMs }) => cpuMs))),
      };
    };
    const empty = await timeAll();
    seedHall(hall.dataFolder, { cases, due: 1, nowMs: Date.now() });
    const full = await timeAll();
    return { cases, ...full, empty, load: loadavg()[0] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
