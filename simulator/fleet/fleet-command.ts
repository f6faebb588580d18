// What `sim fleet` does: takes the evaluators of a file, or starts a gateway with its own, puts load on it, prints a
// report a person can read. Returns the exit code.
import type { Printer } from '../faults/faults-command.ts';
import { readDevicesFile, readProgress, writeProgress } from './devices-file.ts';
import type { Latencies } from './latencies.ts';
import { startOwnGateway } from './own-gateway.ts';
import { type FleetReport, runFleet } from './run-fleet.ts';

export interface FleetCommandOptions {
  devices: number;
  rate: number;
  seconds: number;
  /** Undefined: one of its own. */
  gateway: { host: string; port: number } | undefined;
  /** The evaluators of the gateway that is named. */
  devicesFile: string | undefined;
  json: boolean;
}

export async function loadFleet(options: FleetCommandOptions, { out, err }: Printer): Promise<number> {
  const report =
    options.gateway === undefined ? await onOwn(options, err) : await onNamed(options, options.gateway, err);
  if ('problem' in report) {
    err(report.problem);
    return 2;
  }
  for (const line of describe(options, report)) err(line);
  const { nextSeq: _, ...told } = report;
  if (options.json) out(JSON.stringify(told));
  return report.failed === 0 && report.pressed > 0 && report.acknowledged === report.pressed ? 0 : 1;
}

async function onOwn(options: FleetCommandOptions, say: Printer['err']): Promise<FleetReport> {
  const own = await startOwnGateway(options.devices, say);
  try {
    const { identities, api, provinceFile } = own;
    const gateway = { host: '127.0.0.1', port: own.port };
    const { rate, seconds } = options;
    return await runFleet({
      identities,
      gateway,
      boot: 1,
      nextSeq: () => 1,
      rate,
      seconds,
      api,
      provinceFile,
      say,
    });
  } finally {
    await own.stop();
  }
}

async function onNamed(
  { devicesFile, devices, rate, seconds }: FleetCommandOptions,
  gateway: { host: string; port: number },
  say: Printer['err'],
): Promise<FleetReport | { problem: string }> {
  if (devicesFile === undefined)
    return {
      problem:
        '--gateway needs --devices-file: each evaluator must be registered there. Append what `pingjia device register` prints for each to a file.',
    };
  const found = readDevicesFile(devicesFile);
  if ('problem' in found) return found;
  if (found.length < devices)
    return { problem: `${devicesFile} has ${found.length} evaluators; --devices ${devices} asks for more.` };
  const before = readProgress(devicesFile);
  const report = await runFleet({
    identities: found.slice(0, devices),
    gateway,
    boot: before.boot + 1,
    nextSeq: (device) => before.next[device] ?? 1,
    rate,
    seconds,
    api: undefined,
    provinceFile: undefined,
    say,
  });
  writeProgress(devicesFile, { boot: before.boot + 1, next: { ...before.next, ...report.nextSeq } });
  return report;
}

function describe({ rate, seconds }: FleetCommandOptions, report: FleetReport): string[] {
  const told = ({ medianMs, p95Ms, p99Ms, longestMs }: Latencies) =>
    `${medianMs} ms in the middle, ${p95Ms} at 95 %, ${p99Ms} at 99 %, ${longestMs} at most`;
  return [
    `${report.connected} of ${report.devices} evaluators, ${rate} presses a second for ${seconds} s`,
    `  pressed ${report.pressed} of ${report.planned} (${report.pressesPerSecond} a second), failed ${report.failed}, at the gateway ${report.acknowledged}`,
    `  key to thanks   ${told(report.keyToThanks)}`,
    `  key to record   ${told(report.keyToRecord)}`,
    `  key to province ${report.keyToProvince ? told(report.keyToProvince) : 'is seen by the gateway that was named alone'}`,
  ];
}
