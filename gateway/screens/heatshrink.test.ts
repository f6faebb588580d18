import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heatshrink, unshrink } from './heatshrink.ts';

const image = fc
  .array(fc.tuple(fc.constantFrom(0x00, 0xff, 0x18, 0xa5), fc.integer({ min: 1, max: 90 })), {
    maxLength: 40,
  })
  .map((runs) => Uint8Array.from(runs.flatMap(([value, count]) => Array<number>(count).fill(value))));

describe('heatshrink', () => {
  it('gives back every picture it packed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 700 }), image), (bytes) => {
        expect(Buffer.from(unshrink(heatshrink(bytes))).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });

  it('writes the bytes the format prescribes', () => {
    expect(Buffer.from(heatshrink(new Uint8Array())).toString('hex')).toBe('');
    // 1 01100001 (literal "a"), then 0 00000000 000010 (three more from one byte back).
    expect(Buffer.from(heatshrink(Buffer.from('aaaa'))).toString('hex')).toBe('b08002');
  });

  it('never grows a picture by more than one bit in eight', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        expect(heatshrink(bytes).length).toBeLessThanOrEqual(Math.ceil((bytes.length * 9) / 8));
      }),
    );
  });

  it('refuses a stream that points before its first byte', () => {
    expect(() => unshrink(Uint8Array.from([0x00, 0x00]))).toThrow('before the first byte');
  });

  it.skipIf(!process.env.ESPRUINO)('is unpacked by a real Espruino to the same bytes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pingjia-heatshrink-'));
    try {
      const pictures = [
        ...fc.sample(fc.uint8Array({ minLength: 1, maxLength: 600 }), { numRuns: 5, seed: 1 }),
        ...fc.sample(image, { numRuns: 5, seed: 1 }).filter((bytes) => bytes.length > 0),
      ];
      const lines = pictures.map((bytes) => {
        const packed = Buffer.from(heatshrink(bytes)).toString('base64');
        return `print("GOT " + btoa(E.toString(h.decompress(atob("${packed}")))));`;
      });
      const script = join(folder, 'unpack.js');
      writeFileSync(script, `const h = require("heatshrink");\n${lines.join('\n')}\n`);
      const run = spawnSync(process.env.ESPRUINO!, [script], { cwd: folder, timeout: 30_000 });
      const got = [...run.stdout.toString('latin1').matchAll(/GOT (\S*)/g)].map((match) => match[1]);
      expect(got).toEqual(pictures.map((bytes) => Buffer.from(bytes).toString('base64')));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
