// Load with identities of its own; PROOF_FLEET_DEVICES puts so many evaluators on a gateway of its own, for real.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readDevicesFile, readProgress, writeProgress } from './devices-file.ts';
import { loadFleet } from './fleet-command.ts';
import { latenciesOf } from './latencies.ts';

const DEVICES = Number(process.env.PROOF_FLEET_DEVICES ?? 0);
const folder = mkdtempSync(join(tmpdir(), 'pingjia-fleet-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const identity = (device: string) => ({
  hall: 'hall',
  device,
  handle: '0123456789abcdef',
  key: 'ab'.repeat(32),
  gen: 1,
});
const file = (content: string) => {
  const path = join(folder, 'devices');
  writeFileSync(path, content);
  return path;
};
const quiet = { out: () => undefined, err: () => undefined };
const named = { devices: 2, rate: 1, seconds: 1, gateway: { host: '127.0.0.1', port: 9 }, json: false };

describe('evaluators of a gateway that runs elsewhere', () => {
  it('are read as the command that registers them prints them', () => {
    const lines = `provision(${JSON.stringify(identity('a1'))})\n\n${JSON.stringify(identity('a2'))}\n`;
    expect(readDevicesFile(file(lines))).toEqual([identity('a1'), identity('a2')]);
  });

  it('are refused with the line that is none', () => {
    const wrong = `provision(${JSON.stringify(identity('a1'))})\nprovision({"hall":"hall"})\n`;
    expect(readDevicesFile(file(wrong))).toEqual({ problem: expect.stringContaining('Line 2 of') });
    expect(readDevicesFile(join(folder, 'none'))).toEqual({ problem: expect.stringContaining('not there') });
  });

  it('go on where they ended, so that no sequence comes twice', () => {
    const path = file(JSON.stringify(identity('a1')));
    expect(readProgress(path)).toEqual({ boot: 0, next: {} });
    writeProgress(path, { boot: 3, next: { a1: 41 } });
    expect(readProgress(path)).toEqual({ boot: 3, next: { a1: 41 } });
  });

  it('must be named, and be as many as asked for', async () => {
    const told: string[] = [];
    const printer = { ...quiet, err: (line: string) => void told.push(line) };
    expect(await loadFleet({ ...named, devicesFile: undefined }, printer)).toBe(2);
    expect(told.at(-1)).toContain('--devices-file');
    const path = file(JSON.stringify(identity('a1')));
    expect(await loadFleet({ ...named, devicesFile: path }, printer)).toBe(2);
    expect(told.at(-1)).toContain('has 1 evaluators');
  });
});

describe('what a person feels', () => {
  it('is told by the middle, the slow ones and the worst', () => {
    const times = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(latenciesOf(times)).toEqual({ count: 100, medianMs: 51, p95Ms: 96, p99Ms: 100, longestMs: 100 });
    expect(latenciesOf([])).toMatchObject({ count: 0, longestMs: 0 });
  });

  it.skipIf(DEVICES === 0)(
    `on a gateway of its own every press is acknowledged${DEVICES === 0 ? ' (skipped: needs PROOF_FLEET_DEVICES)' : ''}`,
    async () => {
      const told: string[] = [];
      const printer = {
        out: (line: string) => void told.push(line),
        err: (line: string) => void told.push(line),
      };
      const options = { devices: DEVICES, rate: 10, seconds: 5, gateway: undefined, devicesFile: undefined };
      expect(await loadFleet({ ...options, json: true }, printer), told.join('\n')).toBe(0);
      const report = JSON.parse(told.at(-1)!) as Record<string, unknown>;
      expect(report).toMatchObject({ devices: DEVICES, connected: DEVICES, pressed: 50, acknowledged: 50 });
      expect(report.keyToProvince).toMatchObject({ count: 50 });
    },
    120_000,
  );
});
