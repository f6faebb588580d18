// `bench -- start`: how long evaluators are without their gateway when it is started again on a large database.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openForWriting } from '../../gateway/store/open-database.ts';
import { median } from './ingest/process-figures.ts';
import { makeGatewayFolder, startGatewayProgram } from './ingest/systems.ts';
import { seedHall } from './sweep/seed-hall.ts';

export async function benchStart({ cases, rounds }: { cases: number; rounds: number }): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-start-'));
  const time = async (hall: Parameters<typeof startGatewayProgram>[0]) => {
    const startMs = performance.now();
    const gateway = await startGatewayProgram(hall);
    const readyMs = performance.now() - startMs;
    await gateway.stop();
    return readyMs;
  };
  try {
    const hall = await makeGatewayFolder(folder, 200);
    const empty: number[] = [];
    for (let round = 0; round < rounds; round += 1) empty.push(await time(hall));
    const database = openForWriting(hall.dataFolder);
    seedHall(database, { cases, due: 1, nowMs: Date.now() });
    database.close();
    const full: number[] = [];
    for (let round = 0; round < rounds; round += 1) full.push(await time(hall));
    return { cases, readyMs: Math.round(median(full)), readyMsEmpty: Math.round(median(empty)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
