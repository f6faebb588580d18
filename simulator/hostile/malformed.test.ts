import { describe, expect, it } from 'vitest';
import { readJournalImage } from '../../device/flash/journal-format.ts';
import { createRandom } from '../../device/flash/testing/flash-world.ts';
import { openScreens } from '../../gateway/screens/screens.ts';
import type { Level } from '../../protocol/constants.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { LINUX } from '../espruino/geometry.ts';
import { createScriptedGateway, type ScriptedSession } from '../scripted-gateway/scripted-gateway.ts';
import { createVirtualClock } from '../world/virtual-clock.ts';
import { createVirtualEvaluator } from '../world/virtual-evaluator.ts';
import { HOSTILE_KINDS, hostileBytes } from './hostile-bytes.ts';

const MESSAGES = Number(process.env.PROOF_HOSTILE_MESSAGES ?? 1000);
const SEED = 20_260_213;
const PRESS_EVERY = 10;
/** A press, its change window, its thanks. */
const PRESS_MS = 7000;
const ONLINE_LIMIT_MS = 600_000;
/** From a key to its feedback. */
const FEEDBACK_LIMIT_MS = 100;
/** Stays out of the way of a keep-alive. */
const STEP_MS = 20;

const identity = { hall: 'hall', device: 'dev-a', handle: '0123456789abcdef', key: '5a'.repeat(32), gen: 1 };
const screens = openScreens({ onMissingGlyph: () => undefined });
const zhang = { name: '张三', badgeId: 'A1' };
const nobody = { do: 'desk', staff: '11'.repeat(8), paused: false, unlinked: true };

describe('an evaluator whose gateway has gone mad', () => {
  it('answers every key at once, whatever is written into its connection, and keeps every press', {
    timeout: 3_600_000,
  }, async () => {
    const random = createRandom(SEED);
    const clock = createVirtualClock({ wallMs: Date.UTC(2026, 1, 13, 1) });
    const recorded = new Map<number, number>();
    const gateway = createScriptedGateway({
      devices: [identity],
      wallMs: clock.wallMs,
      onHello(session) {
        session.tellTime();
        const place = screens.place({ hall: '松花江市政务服务中心', window: 'A03' });
        session.send('control', { ...nobody, place, who: screens.who(zhang) });
      },
      onEvaluation(session, record) {
        recorded.set(record.seq, record.level);
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
    const card = {
      invitation: 'ee'.repeat(8),
      staff: '11'.repeat(8),
      term: 20,
      matter: screens.matter(['伪造的事项']),
      who: screens.who(zhang),
    };
    const options = { random, topicPrefix: 'pingjia/1/hall/dev-a/', card };
    const pressed: Level[] = [];
    const online = (): ScriptedSession => {
      expect(clock.advanceUntil(() => gateway.online('dev-a') !== undefined, ONLINE_LIMIT_MS)).toBe(true);
      return gateway.online('dev-a')!;
    };
    let reconnects = 0;
    let last: ScriptedSession | undefined;
    for (let count = 0; count < MESSAGES; count++) {
      const session = online();
      if (session !== last) reconnects += 1;
      last = session;
      const kind = HOSTILE_KINDS[random(HOSTILE_KINDS.length)]!;
      session.write(hostileBytes(kind, session, options));
      clock.advance(STEP_MS);
      if (count % PRESS_EVERY > 0) continue;
      const level = (1 + (pressed.length % 5)) as Level;
      evaluator.lines.length = 0;
      evaluator.press(level);
      // At once, or when a connection that is being made has been: connecting blocks the interpreter.
      clock.advance(FEEDBACK_LIMIT_MS);
      const felt = evaluator.lines.filter((line) => /^(lights|sound) /.test(line)).slice(0, 2);
      expect(felt, `after message ${count}, ${kind}`).toEqual([`lights ${1 << (level - 1)}`, 'sound key']);
      pressed.push(level);
      clock.advance(PRESS_MS);
      expect(evaluator.lines, `after message ${count}`).toContain(`thanked ${pressed.length}`);
    }
    online();
    expect(clock.advanceUntil(() => recorded.size === pressed.length, ONLINE_LIMIT_MS)).toBe(true);
    expect([...recorded].sort(([a], [b]) => a - b).map(([, level]) => level)).toEqual(pressed);
    expect(reconnects).toBeGreaterThan(MESSAGES / 10);
    const image = readJournalImage(evaluator.journalBytes(), LINUX.pageBytes);
    expect(image.acked).toBeLessThanOrEqual(pressed.length);
    expect(image.retiredPages).toEqual([]);
  });
});
