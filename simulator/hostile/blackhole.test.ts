import { describe, expect, it } from 'vitest';
import { readJournalImage } from '../../device/flash/journal-format.ts';
import type { Level } from '../../protocol/constants.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { LINUX } from '../espruino/geometry.ts';
import { createScriptedGateway } from '../scripted-gateway/scripted-gateway.ts';
import { createVirtualClock } from '../world/virtual-clock.ts';
import { createVirtualEvaluator } from '../world/virtual-evaluator.ts';

const PRESSES = Number(process.env.PROOF_BLACKHOLE_PRESSES ?? 100);
const FEEDBACK_LIMIT_MS = 100;
const PRESS_MS = 7000;
const ONLINE_LIMIT_MS = 120_000;
const DELIVERY_LIMIT_MS = 600_000;
const identity = { hall: 'hall', device: 'dev-a', handle: '0123456789abcdef', key: '5a'.repeat(32), gen: 1 };
const dot = { w: 8, h: 1, d: 'wAA=' };

describe('an evaluator whose gateway has vanished behind a silent network', () => {
  it('answers every key within 100 ms, keeps every press, and delivers them when it is back', {
    timeout: 300_000,
  }, async () => {
    const clock = createVirtualClock({ wallMs: Date.UTC(2026, 1, 13, 1) });
    const received = new Map<number, number>();
    const gateway = createScriptedGateway({
      devices: [identity],
      wallMs: clock.wallMs,
      onHello(session) {
        session.tellTime();
        const staff = '11'.repeat(8);
        session.send('control', { do: 'desk', staff, paused: false, unlinked: true, place: dot, who: dot });
      },
      onEvaluation(session, record) {
        received.set(record.seq, record.level);
        session.send('ack', { upTo: record.seq, epoch: 1 });
      },
    });
    const evaluator = createVirtualEvaluator({
      clock,
      firmware: await loadFirmwareImage('linux'),
      prepared: { ...identity, records: 0, acked: 0 },
      server: () => gateway,
    });
    evaluator.device.powerOn();
    expect(clock.advanceUntil(() => gateway.online('dev-a') !== undefined, ONLINE_LIMIT_MS)).toBe(true);
    clock.advance(1000);
    evaluator.cable.pull();
    for (let press = 0; press < PRESSES; press++) {
      const level = (1 + (press % 5)) as Level;
      evaluator.lines.length = 0;
      evaluator.press(level);
      clock.advance(FEEDBACK_LIMIT_MS);
      const felt = evaluator.lines.filter((line) => /^(lights|sound) /.test(line)).slice(0, 2);
      expect(felt, `press ${press}`).toEqual([`lights ${1 << (level - 1)}`, 'sound key']);
      clock.advance(PRESS_MS);
      expect(evaluator.lines).toContain(`thanked ${press + 1}`);
    }
    expect(received.size).toBe(0);
    expect(readJournalImage(evaluator.journalBytes(), LINUX.pageBytes).records).toHaveLength(PRESSES);
    evaluator.cable.plug();
    expect(clock.advanceUntil(() => received.size === PRESSES, DELIVERY_LIMIT_MS)).toBe(true);
    for (const [seq, level] of received) expect(level).toBe(1 + ((seq - 1) % 5));
  });
});
