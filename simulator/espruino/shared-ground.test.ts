import { describe, expect, it } from 'vitest';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { createScriptedGateway } from '../scripted-gateway/scripted-gateway.ts';
import { createVirtualClock } from '../world/virtual-clock.ts';
import { createVirtualEvaluator } from '../world/virtual-evaluator.ts';
import { Realm } from './realm.ts';
import { SharedGround } from './shared-ground.ts';

function realm({ nowMs, isShared = true }: { nowMs: number; isShared?: boolean }) {
  const jobs: (() => void)[] = [];
  const made = new Realm(
    {
      nowMs: () => nowMs,
      post: (job) => jobs.push(job),
      random: () => nowMs / 100,
      listening: () => undefined,
    },
    isShared,
  );
  const said: unknown[] = [];
  made.define('say', (value: unknown) => said.push(value));
  const runJobs = () => {
    for (const job of jobs.splice(0)) made.within(job);
  };
  return {
    said,
    runJobs,
    jobs,
    start: (source: string) => made.within(() => made.start(source, 'program')),
    value: (source: string) => made.run(source, 'prompt'),
  };
}

describe('evaluators that share the ground of a process', () => {
  it('keep to their own globals, clock, random numbers and events', () => {
    const program =
      'var count = (global.count || 0) + 1; global.count = count; say(count); say(Date.now()); say(Math.random());' +
      'var o = {}; o.on("come", function (x) { say(x + count); }); o.emit("come", 10);' +
      'Promise.resolve(5).then(say); eval("say(typeof count)"); Function("say(typeof o); return 1")();';
    const first = realm({ nowMs: 10 });
    const second = realm({ nowMs: 20 });
    first.start(program);
    first.start(program);
    second.start(program);
    expect([first.jobs.length, second.jobs.length]).toEqual([4, 2]);
    second.runJobs();
    first.runJobs();
    const undefinedTwice = ['undefined', 'undefined'];
    expect(first.said).toEqual([
      ...[1, 10, 0.1, ...undefinedTwice],
      ...[2, 10, 0.1, ...undefinedTwice],
      ...[11, 5, 12, 5],
    ]);
    expect(second.said).toEqual([1, 20, 0.2, ...undefinedTwice, 11, 5]);
    expect([first.value('count'), second.value('count')]).toEqual([2, 1]);
  });

  it('find no variable that another made by mistake', () => {
    const careless = realm({ nowMs: 1 });
    const other = realm({ nowMs: 2 });
    careless.start('leaked = 1; say(typeof leaked);');
    other.start('say(typeof leaked);');
    expect([...careless.said, ...other.said]).toEqual(['undefined', 'undefined']);
  });

  it("are found out when they change what is everybody's", () => {
    const ground = new SharedGround();
    const { start } = ground.makeScope();
    start('var own = [1]; own.push = 2;', 'program');
    expect(ground.changed()).toBeUndefined();
    start('Array.prototype.push = function () {};', 'program');
    expect(ground.changed()).toBe('Array.prototype');
  });

  it('do with the real firmware, to the byte, what they do on ground of their own', async () => {
    const firmware = await loadFirmwareImage('linux');
    const identity = { hall: 'h', device: 'd', handle: '01'.repeat(8), key: '5a'.repeat(32), gen: 1 };
    const dot = { w: 8, h: 1, d: 'wAA=' };
    const desk = { do: 'desk', staff: '11'.repeat(8), paused: false, unlinked: true, place: dot, who: dot };
    const play = (sharesGround: boolean) => {
      const clock = createVirtualClock({ wallMs: Date.UTC(2026, 1, 13) });
      const gateway = createScriptedGateway({
        devices: [identity],
        wallMs: clock.wallMs,
        onHello(session) {
          session.tellTime();
          session.send('control', desk);
        },
        onEvaluation: (session, { seq }) => session.send('ack', { upTo: seq, epoch: 1 }),
      });
      const prepared = { ...identity, records: 3, acked: 1 };
      const evaluator = createVirtualEvaluator({
        clock,
        firmware,
        prepared,
        server: () => gateway,
        sharesGround,
      });
      for (const level of [4, 2] as const) {
        evaluator.device.powerOn();
        clock.advance(60_000);
        evaluator.press(level);
        clock.advance(20_000);
        evaluator.device.powerOff();
      }
      return { lines: evaluator.lines, journal: Buffer.from(evaluator.journalBytes()).toString('hex') };
    };
    const own = play(false);
    expect(own.lines.filter((line) => line.startsWith('thanked'))).toHaveLength(2);
    expect(play(true)).toEqual(own);
  });
});
