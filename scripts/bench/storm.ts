// `bench -- storm`: the power of a city hall comes back and all its evaluators connect at once, each with a nonce from
// its probe, a proof, numbers that are on disk before it is accepted, and its subscriptions.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileLoad, startLoad } from './ingest/load.ts';
import { prepareRecords } from './ingest/prepared-records.ts';
import { makeGatewayFolder, startGatewayProgram } from './ingest/systems.ts';
import { memoryMb, processorMs } from './process-figures.ts';

export async function benchStorm(devices: number): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-storm-'));
  try {
    const hall = await makeGatewayFolder(folder, devices);
    const records = prepareRecords(hall.identities);
    const program = compileLoad(folder);
    const gateway = await startGatewayProgram(hall);
    try {
      const { name, port } = gateway;
      const beforeMs = processorMs(gateway.pid);
      const load = await startLoad({
        program,
        folder,
        system: name,
        port,
        withProof: true,
        wrap: false,
        records,
        prepare: () => undefined,
      });
      const cpuMs = processorMs(gateway.pid) - beforeMs;
      const figures = { probedMs: Math.round(load.probedMs), connectedMs: Math.round(load.connectedMs) };
      const memory = memoryMb(gateway.pid);
      await load.stop();
      return {
        devices,
        ...figures,
        totalMs: figures.probedMs + figures.connectedMs,
        cpuMs: Math.round(cpuMs),
        memoryMb: memory,
        load: loadavg()[0],
      };
    } finally {
      await gateway.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
