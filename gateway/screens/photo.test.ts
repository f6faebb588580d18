import { createCanvas } from '@napi-rs/canvas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOWN_PAYLOAD_LIMIT_BYTES, MAC_BYTES } from '../../protocol/constants.ts';
import { asciiJson } from '../../protocol/keys.ts';
import { unshrink } from './heatshrink.ts';
import { imageSizeOf } from './image-size.ts';
import { photoPng, readPhoto } from './photo.ts';
import { PHOTO_LIMIT_BYTES, PHOTO_SIDE_LIMIT_PX } from './photo-limits.ts';
import { packImage } from './text-image.ts';

type Shades = (context: ReturnType<ReturnType<typeof createCanvas>['getContext']>) => void;
function draw(widthPx: number, heightPx: number, type: 'image/png' | 'image/jpeg', shades: Shades): Buffer {
  const canvas = createCanvas(widthPx, heightPx);
  shades(canvas.getContext('2d'));
  return type === 'image/png' ? canvas.toBuffer('image/png') : canvas.toBuffer('image/jpeg');
}
const halves: Shades = (context) => {
  context.fillStyle = '#222';
  context.fillRect(0, 0, 4000, 4000);
  context.fillStyle = '#bbb';
  context.fillRect(0, 0, context.canvas.width / 2, 4000);
};
const inkOf = (bits: Uint8Array) =>
  bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);

describe('a photo of staff', () => {
  it('becomes 80×96 pixels of black and white, whatever its size, shape and kind', async () => {
    for (const type of ['image/png', 'image/jpeg'] as const)
      for (const [widthPx, heightPx] of [
        [300, 400],
        [1, 1],
        [2048, 40],
        [80, 96],
      ] as const) {
        const read = await readPhoto(draw(widthPx, heightPx, type, halves));
        if (!read.ok) throw new Error(read.code);
        expect([read.picture.w, read.picture.h]).toEqual([80, 96]);
        expect(unshrink(Buffer.from(read.picture.d, 'base64')).length).toBeGreaterThanOrEqual(960);
      }
  });

  it('keeps light and dark where they are, with all the contrast one bit can show', async () => {
    const read = await readPhoto(draw(300, 360, 'image/jpeg', halves));
    if (!read.ok) throw new Error(read.code);
    const bits = unshrink(Buffer.from(read.picture.d, 'base64'));
    const row = bits.subarray(48 * 10, 49 * 10);
    expect(inkOf(row.subarray(0, 4))).toBe(0);
    expect(inkOf(row.subarray(6, 10))).toBe(32);
    expect(imageSizeOf(photoPng(read.picture))).toEqual({ widthPx: 80, heightPx: 96 });
  });

  it('shows a grey as so many black pixels', async () => {
    const ramp: Shades = (context) => {
      const shade = context.createLinearGradient(0, 0, 80, 0);
      shade.addColorStop(0, '#000');
      shade.addColorStop(1, '#fff');
      context.fillStyle = shade;
      context.fillRect(0, 0, 80, 96);
    };
    const read = await readPhoto(draw(80, 96, 'image/png', ramp));
    if (!read.ok) throw new Error(read.code);
    const bits = unshrink(Buffer.from(read.picture.d, 'base64'));
    const columns = Array.from({ length: 10 }, (_, column) =>
      inkOf(bits.filter((_byte, index) => index % 10 === column)),
    );
    for (const [index, ink] of columns.entries())
      expect(ink / 768, `column ${index}`).toBeCloseTo(1 - (index + 0.5) / 10, 1);
  });

  it('is refused by its header when it is too large, before anything is decoded', async () => {
    const tall = draw(8, PHOTO_SIDE_LIMIT_PX + 1, 'image/png', halves);
    expect(await readPhoto(tall)).toEqual({ ok: false, code: 'photo.too-large' });
    const bomb = Buffer.from(draw(8, 8, 'image/png', halves));
    bomb.writeUInt32BE(1_000_000, 16);
    expect(await readPhoto(bomb)).toEqual({ ok: false, code: 'photo.too-large' });
    const long = Buffer.concat([draw(8, 8, 'image/png', halves), Buffer.alloc(PHOTO_LIMIT_BYTES)]);
    expect(await readPhoto(long)).toEqual({ ok: false, code: 'photo.too-large' });
  });

  it('is refused when it is cut, damaged or something else, and never does more than that', async () => {
    const whole = draw(60, 60, 'image/jpeg', halves);
    expect(await readPhoto(whole.subarray(0, 40))).toEqual({ ok: false, code: 'photo.unreadable' });
    expect(await readPhoto(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toEqual({
      ok: false,
      code: 'photo.unreadable',
    });
    const damaged = fc.tuple(
      fc.constantFrom(whole, draw(60, 60, 'image/png', halves)),
      fc.nat(400),
      fc.uint8Array({ maxLength: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(damaged, async ([file, at, bytes]) => {
        const copy = Buffer.from(file);
        copy.set(bytes, Math.min(at, copy.length - bytes.length));
        const read = await readPhoto(copy);
        if (read.ok) expect([read.picture.w, read.picture.h]).toEqual([80, 96]);
        else expect(read.code).toMatch(/^photo\.(unreadable|too-large)$/);
      }),
      { numRuns: 60 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect((await readPhoto(Buffer.from(bytes))).ok).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('fits with all else a desk shows into one message, even where nothing can be compressed', () => {
    let seed = 7;
    const noise = (length: number) =>
      Uint8Array.from({ length }, () => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        return seed >>> 24;
      });
    const image = (widthPx: number, heightPx: number) =>
      packImage(noise((widthPx * heightPx) / 8), { widthPx, heightPx });
    const desk = {
      n: 0xffffffff,
      do: 'desk',
      staff: 'f'.repeat(16),
      paused: false,
      unlinked: false,
      place: image(304, 32),
      who: image(304, 32),
      photo: image(80, 96),
    };
    expect(2 * MAC_BYTES + asciiJson(desk).length).toBeLessThanOrEqual(DOWN_PAYLOAD_LIMIT_BYTES);
  });
});
