import { describe, expect, it } from 'vitest';
import { IN_FLIGHT_LIMIT_RECORDS, RESEND_AFTER_MS, RESEND_LIMIT_MS } from '../../protocol/constants.ts';
import { createFlashWorld, mountWorld, pressOf } from '../flash/testing/flash-world.ts';
import { createFakeTimers } from '../mqtt/testing/fake-timers.ts';
import { createSender } from './sender.ts';

function createWorld(records: number) {
  const timers = createFakeTimers();
  const flashWorld = createFlashWorld(4096);
  const { journal } = mountWorld(flashWorld);
  for (let i = 1; i <= records; i++) journal.append(pressOf(i));
  const world = { timers, flashWorld, journal, sent: [] as number[], room: true, gaps: 0 };
  const sender = createSender({
    journal,
    timers,
    publish(record) {
      if (world.room) world.sent.push(record.seq);
      return world.room;
    },
    onUntoldGap: () => {
      world.gaps++;
    },
  });
  return { world, sender };
}
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe('sending records', () => {
  it('goes on as acknowledgements come, one record a turn', () => {
    const { world, sender } = createWorld(40);
    sender.start([]);
    expect(world.sent).toEqual([]);
    world.timers.advance(0);
    expect(world.sent).toEqual(range(1, IN_FLIGHT_LIMIT_RECORDS));
    sender.acknowledged(10);
    world.timers.advance(0);
    expect(world.sent).toEqual(range(1, 26));
    expect(world.journal.state().acked).toBe(10);
    sender.acknowledged(5);
    sender.acknowledged(0);
    expect(world.journal.state().acked).toBe(10);
  });

  it('waits when the connection has no room', () => {
    const { world, sender } = createWorld(3);
    world.room = false;
    sender.start([]);
    world.timers.advance(1000);
    expect(world.sent).toEqual([]);
    world.room = true;
    sender.wake();
    world.timers.advance(0);
    expect(world.sent).toEqual([1, 2, 3]);
  });

  it('sends again after 30 s, then after twice as long each time, at most 8 minutes', () => {
    const { world, sender } = createWorld(2);
    sender.start([]);
    world.timers.advance(0);
    let waitMs = RESEND_AFTER_MS;
    for (let round = 0; round < 7; round++) {
      world.sent.length = 0;
      world.timers.advance(waitMs - 1);
      expect(world.sent).toEqual([]);
      world.timers.advance(1);
      expect(world.sent).toEqual([1, 2]);
      waitMs = Math.min(2 * waitMs, RESEND_LIMIT_MS);
    }
    sender.acknowledged(1);
    world.sent.length = 0;
    world.timers.advance(RESEND_AFTER_MS);
    expect(world.sent).toEqual([2]);
  });

  it('counts the time until it sends again from the oldest record that waits', () => {
    const { world, sender } = createWorld(1);
    sender.start([]);
    world.timers.advance(0);
    sender.acknowledged(1);
    expect(world.timers.pending).toBe(1);
    world.timers.advance(RESEND_AFTER_MS - 1);
    expect(world.timers.pending).toBe(0);
    world.journal.append(pressOf(2));
    sender.wake();
    world.timers.advance(RESEND_AFTER_MS - 1);
    expect(world.sent).toEqual([1, 2]);
    world.timers.advance(1);
    expect(world.sent).toEqual([1, 2, 2]);
  });

  it('does nothing once stopped, and begins behind what is acknowledged', () => {
    const { world, sender } = createWorld(20);
    sender.start([]);
    world.timers.advance(0);
    sender.acknowledged(7);
    sender.stop();
    world.sent.length = 0;
    sender.wake();
    sender.acknowledged(16);
    world.timers.advance(1_000_000);
    expect(world.sent).toEqual([]);
    expect(world.journal.state().acked).toBe(7);
    expect(world.timers.pending).toBe(0);
    sender.start([]);
    sender.acknowledged(20);
    expect(world.journal.state().acked).toBe(7);
    world.timers.advance(0);
    expect(world.sent).toEqual(range(8, 20));
  });

  it('asks for a new session when it meets damage that hello did not tell, and passes it when told', () => {
    const { world, sender } = createWorld(10);
    world.flashWorld.flash.image[0x2000 + 16 + 56 * 3 + 30] = 0;
    sender.start([]);
    world.timers.advance(0);
    expect(world.sent).toEqual([1, 2, 3]);
    expect(world.gaps).toBe(1);
    sender.stop();
    sender.start(world.journal.state().missing);
    world.timers.advance(0);
    expect(world.sent).toEqual([1, 2, 3, 1, 2, 3, 5, 6, 7, 8, 9, 10]);
    sender.acknowledged(10);
    expect(world.journal.state()).toMatchObject({ acked: 10, unsent: 0 });
  });

  it('sends from a sequence on when ordered, also what is acknowledged', () => {
    const { world, sender } = createWorld(10);
    sender.start([]);
    world.timers.advance(0);
    sender.acknowledged(10);
    world.sent.length = 0;
    sender.resendFrom(4);
    world.timers.advance(0);
    expect(world.sent).toEqual(range(4, 10));
    sender.resendFrom(4_000_000_000);
    world.timers.advance(0);
    expect(world.sent).toEqual(range(4, 10));
  });
});
