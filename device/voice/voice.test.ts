import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFakeTimers } from '../mqtt/testing/fake-timers.ts';
import { COMMAND_PLAY, COMMAND_VOLUME, frameOf } from './dfplayer.ts';
import { startVoice, VOICE_GAP_MS, VOICE_READY_MS } from './voice.ts';

const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');

describe('a command of the voice module', () => {
  it('has the bytes of its data sheet', () => {
    expect(hex(frameOf(0x03, 1))).toBe('7eff0603000001fef7ef');
    expect(hex(frameOf(COMMAND_VOLUME, 30))).toBe('7eff060600001efed7ef');
    expect(hex(frameOf(COMMAND_PLAY, 0x0102))).toBe('7eff060f000102fee9ef');
  });

  it('sums to zero with its check sum, whatever it says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 0xffff }), (command, value) => {
        const frame = frameOf(command, value);
        const sum = frame.slice(1, 7).reduce((total, byte) => total + byte, 0);
        expect((sum + frame[7]! * 256 + frame[8]!) & 0xffff).toBe(0);
        expect(frame).toHaveLength(10);
      }),
    );
  });
});

describe('the voice', () => {
  function start(english = false) {
    const timers = createFakeTimers();
    const sent: { atMs: number; frame: string }[] = [];
    const say = startVoice({
      timers,
      serial: {
        setup: (baud) => expect(baud).toBe(9600),
        write: (data) => sent.push({ atMs: timers.uptimeMs(), frame: hex(data) }),
      },
      pin: 'D14',
      volume: 20,
      english,
    });
    const frames = () => sent.map(({ frame }) => frame);
    return { timers, say, sent, frames };
  }
  const play = (folder: number, track: number) => hex(frameOf(COMMAND_PLAY, folder * 256 + track));

  it('is set to its volume once the module has started, and says what the newest screen is', () => {
    const { timers, say, frames } = start();
    say('idle');
    say('paused');
    say('card 00000000000000c1');
    timers.advance(VOICE_READY_MS - 1);
    expect(frames()).toEqual([]);
    timers.advance(1 + VOICE_GAP_MS);
    expect(frames()).toEqual([hex(frameOf(COMMAND_VOLUME, 20)), play(1, 1)]);
  });

  it('never sends two commands nearer than the module takes them, and never speaks of the choice', () => {
    const { timers, say, frames, sent } = start(true);
    timers.advance(10_000);
    for (const screen of ['card 1', 'chosen 1', 'thanks 1', 'full', 'idle', 'fault']) {
      say(screen);
      timers.advance(150);
    }
    timers.advance(10_000);
    const gaps = sent.slice(1).map(({ atMs }, index) => atMs - sent[index]!.atMs);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(VOICE_GAP_MS);
    expect(frames().slice(1)).toEqual([play(2, 1), play(2, 2), play(2, 5), play(2, 6)]);
    const before = frames().length;
    say('chosen 1');
    say('idle');
    timers.advance(10_000);
    expect(frames()).toHaveLength(before);
  });
});
