import { beforeAll, describe, expect, it } from 'vitest';
import { DOWN_PAYLOAD_LIMIT_BYTES, MAC_BYTES } from '../../protocol/constants.ts';
import { asciiJson } from '../../protocol/keys.ts';
import type { Image } from '../../protocol/messages.ts';
import { heatshrink, unshrink } from './heatshrink.ts';
import { openScreens, type Screens } from './screens.ts';
import { packImage } from './text-image.ts';

const missing: number[] = [];
let screens: Screens;
beforeAll(() => {
  screens = openScreens({ onMissingGlyph: (codePoint) => missing.push(codePoint) });
});

/** The picture as text, to compare a few glyphs by eye in a failing test. */
const bitsOf = (image: Image) => unshrink(Buffer.from(image.d, 'base64'));
const inkOf = (image: Image) =>
  bitsOf(image).reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);

describe('the texts of the screens', () => {
  it('have the sizes the evaluator lays out', () => {
    const images = [
      screens.matter(['不动产转移登记']),
      screens.who({ name: '张三', badgeId: 'A1023' }),
      screens.place({ hall: '政务服务大厅', window: 'A03' }),
    ];
    expect(images.map(({ w, h }) => [w, h])).toEqual([
      [304, 64],
      [304, 32],
      [304, 32],
    ]);
    for (const image of images) {
      expect(bitsOf(image).length).toBe((image.w * image.h) / 8);
      expect(inkOf(image)).toBeGreaterThan(300);
    }
  });

  it('draw rare characters of names', () => {
    const before = missing.length;
    const [a, b, c] = ['䶮', '𬭎', '㛃'].map((name) => screens.who({ name, badgeId: '1' }));
    expect(new Set([a!.d, b!.d, c!.d]).size).toBe(3);
    expect(missing.length).toBe(before);
  });

  it('draw 〓 for a character nobody has and tell its code point only', () => {
    const drawn = screens.who({ name: '张\u{10fffd}', badgeId: '1' });
    expect(drawn.d).toBe(screens.who({ name: '张〓', badgeId: '1' }).d);
    expect(missing).toContain(0x10fffd);
  });

  it('ignore joiners, marks of direction and variation selectors', () => {
    const plain = screens.who({ name: '张三', badgeId: '1' });
    expect(screens.who({ name: '张\u200d\u202e三\ufe0f', badgeId: '1' }).d).toBe(plain.d);
  });

  it('say how many matters a batch has, after its first one', () => {
    expect(screens.matter(['变更', 'b', 'c']).d).toBe(screens.matter(['变更 等 3 个事项']).d);
  });

  it('leave no pixel of a cut line outside the picture: a long text uses both lines', () => {
    const long = screens.matter(['国'.repeat(60)]);
    const rows = bitsOf(long);
    const ink = (from: number, to: number) => rows.subarray(from * 38, to * 38).some((byte) => byte !== 0);
    expect([ink(0, 32), ink(32, 64)]).toEqual([true, true]);
  });

  it('keep the longest national reason to its last character', () => {
    const long = (last: string) => screens.reason(`在线预约办理后到实体大厅重复取号排${last}`);
    expect(long('队').d).not.toBe(long('号').d);
  });

  it('are drawn once for the same text', () => {
    expect(screens.matter(['不动产转移登记'])).toBe(screens.matter(['不动产转移登记']));
  });

  it('fit a card and a desk into the payload limit even where nothing can be compressed', () => {
    let seed = 1;
    const noise = (length: number) =>
      Uint8Array.from({ length }, () => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        return seed >>> 24;
      });
    const matter = packImage(noise((304 * 64) / 8), { widthPx: 304, heightPx: 64 });
    const who = packImage(noise((304 * 32) / 8), { widthPx: 304, heightPx: 32 });
    const handle = 'f'.repeat(16);
    const card = { n: 0xffffffff, invitation: handle, staff: handle, term: 86_400, matter, who };
    expect(2 * MAC_BYTES + asciiJson(card).length).toBeLessThanOrEqual(DOWN_PAYLOAD_LIMIT_BYTES);
    expect(heatshrink(noise(2432)).length).toBeGreaterThan(2432);
    const worst = screens.matter(['龘靐齉爨灪麤驫鱻爩龗'.repeat(6)]);
    expect(worst.d.length).toBeLessThan(matter.d.length);
  });
});
