// How fast a hall in virtual time goes: a working day with every evaluator, the gateway and all people, from switching on
// to switching off.
import { runFolder } from '../../simulator/faults/run-folder.ts';
import { planDay } from '../../simulator/hall/plan-day.ts';
import { runDay } from '../../simulator/hall/run-day.ts';
import { loadFirmwareImage } from '../firmware/load-image.ts';

const DAY = '2026-02-13';

export async function benchSim(options: { windows: number; seed: number }): Promise<object> {
  const firmware = await loadFirmwareImage('linux');
  const before = process.cpuUsage();
  const { report, result } = await runDay({
    plan: planDay({ ...options, day: DAY }),
    folder: runFolder(),
    firmware,
  });
  const { user, system } = process.cpuUsage(before);
  if (!report) throw new Error(JSON.stringify(result.findings));
  const cpuSeconds = Math.round((user + system) / 1e5) / 10;
  const { virtualSeconds, wallSeconds, timesRealTime, presses } = report;
  return {
    ...options,
    virtualSeconds,
    wallSeconds,
    cpuSeconds,
    timesRealTime,
    presses,
    findings: result.findings.length,
  };
}
