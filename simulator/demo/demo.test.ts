import { afterEach, describe, expect, it } from 'vitest';
import { type DemoProgram, startDemo as start, temporaryFolder } from './testing.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** One that outlives its test is killed; its gateway ends with it. */
function startDemo(...options: string[]): DemoProgram {
  const demo = start(...options);
  cleanups.push(() => demo.child.kill('SIGKILL'));
  return demo;
}

function newFolder(): string {
  const { folder, remove } = temporaryFolder();
  cleanups.push(remove);
  return folder;
}

const TEST_LIMIT_MS = 200_000;
const clean = { lost: 0, duplicated: 0, invented: 0 };

/** `Gateway ready: process 123, …`, the last one. */
function gatewayPid(progress: string): number {
  return Number([...progress.matchAll(/Gateway ready: process (\d+)/g)].at(-1)?.[1]);
}

const pressesIn = (progress: string) => [...progress.matchAll(/ pj-a\d+#\d+ /g)].length;

describe('the demo', () => {
  it(
    'loses and doubles nothing while a cable and the province are cut, and says so in its last line',
    async () => {
      const demo = startDemo('--exit-after', '12', '--data', newFolder());
      const { exitCode, result, progress } = await demo.ended;
      expect(result, progress).toMatchObject(clean);
      expect(result!.thanked).toBeGreaterThanOrEqual(3);
      expect(result).toMatchObject({
        pressed: result!.thanked,
        committed: result!.thanked,
        forwarded: result!.thanked,
      });
      expect(result!.pressesDuringDeviceCut).toBeGreaterThanOrEqual(1);
      expect(result!.pressesDuringUpstreamCut).toBeGreaterThanOrEqual(1);
      expect(exitCode).toBe(0);
    },
    TEST_LIMIT_MS,
  );

  it(
    'keeps what was acknowledged and delivers the rest when the gateway is killed in the middle',
    async () => {
      const folder = newFolder();
      const demo = startDemo('--exit-after', '9', '--data', folder);
      await demo.until('a press', () => pressesIn(demo.progress()) >= 1);
      process.kill(gatewayPid(demo.progress()), 'SIGKILL');
      const first = await demo.ended;
      expect(first.progress).toContain('killed by SIGKILL');
      expect(first.result, first.progress).toMatchObject(clean);
      expect(first.exitCode).toBe(0);

      const second = await startDemo('--exit-after', '4', '--data', folder).ended;
      expect(second.result, second.progress).toMatchObject(clean);
      expect(second.result!.thanked).toBeGreaterThan(first.result!.thanked);
      expect(second.exitCode).toBe(0);
    },
    TEST_LIMIT_MS,
  );

  it(
    'continues where it was when everything is killed at once',
    async () => {
      const folder = newFolder();
      const demo = startDemo('--data', folder);
      await demo.until('a press', () => pressesIn(demo.progress()) >= 1);
      const pid = gatewayPid(demo.progress());
      process.kill(pid, 'SIGKILL');
      demo.child.kill('SIGKILL');
      await demo.ended;
      const second = await startDemo('--exit-after', '5', '--data', folder).ended;
      expect(second.result, second.progress).toMatchObject(clean);
      expect(second.result!.thanked).toBeGreaterThan(1);
      expect(second.exitCode).toBe(0);
    },
    TEST_LIMIT_MS,
  );

  it(
    'stops in order when it is told to',
    async () => {
      const demo = startDemo('--data', newFolder());
      await demo.until('a press', () => pressesIn(demo.progress()) >= 1);
      const pid = gatewayPid(demo.progress());
      demo.child.kill('SIGINT');
      const { exitCode } = await demo.ended;
      expect(exitCode).toBe(0);
      expect(() => process.kill(pid, 0)).toThrow();
    },
    TEST_LIMIT_MS,
  );

  it('tells wrong use in one sentence', async () => {
    const { exitCode, progress } = await startDemo('--windows', '99').ended;
    expect(exitCode).toBe(2);
    expect(progress).toContain('whole number from 1 to 8');
  });
});
