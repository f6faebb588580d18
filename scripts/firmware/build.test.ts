import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import * as catalog from '../../device/assets/catalog.ts';
import { unshrink } from '../../gateway/screens/heatshrink.ts';
import { drawAssets } from './assets/draw.ts';
import { packAssets } from './assets/pack.ts';
import { DEVICE_TEXTS } from './assets/texts.ts';
import { BOARDS, BUNDLE_LIMIT_BYTES } from './boards.ts';
import { findBootOnlyNames } from './boot-only.ts';
import { bundleFirmware, bundleScript } from './bundle.ts';
import { buildImage, partFile, partNames } from './image.ts';
import { inlineConstants } from './inline-constants.ts';
import { findOwnNames } from './own-names.ts';

const refused = async (entry: string) => (await bundleScript({ entry, version: '1' })).problems;

describe('the build of the firmware', () => {
  for (const board of BOARDS) {
    it(`makes ${board} within the budget and within what the interpreter understands`, async () => {
      const result = await buildImage(board);
      expect(result).toMatchObject({ ok: true });
      if (!result.ok) return;
      expect(result.manifest.bytes).toBeLessThanOrEqual(BUNDLE_LIMIT_BYTES);
      expect(Object.keys(result.image.files).sort()).toEqual(
        ['.bootcde', ...['m', 'js', 'assets', ...partNames(board)].map(partFile)].sort(),
      );
    });
  }

  it('names file and line of the source that it refuses', async () => {
    const problems = await refused('const parts = [1, 2];\nprint(Math.max(...parts));\n');
    expect(problems).toMatchObject([{ rule: 'spread', file: 'device/entry.ts', line: 2 }]);
  });

  it('lowers what the minifier would add', async () => {
    expect(
      await refused('const a = process.memory(); print(a != null && a.x()); a.y ??= 2; print(a.y ** 2);'),
    ).toEqual([]);
  });

  it('shortens only names that nobody outside knows', () => {
    const code = `var a={invitation:1,pinned:2,looked:3,setColor:4,length:5};a.pinned;print("looked");a[k]`;
    expect(findOwnNames([code])).toEqual({
      own: ['pinned'],
      kept: ['invitation', 'length', 'looked', 'setColor'],
    });
    expect(findOwnNames([code, 'print("pinned")']).own).toEqual([]);
  });

  it('gives a property the same short name in the firmware and in its parts, and no other that name', async () => {
    const { firmware, parts } = await bundleFirmware({
      version: '1',
      firmware: 'global.run = (part) => part({ shared: 1, w: 2, mine: 3 });',
      parts: { one: 'export default (given) => given.shared + given.extra + given.w;' },
    });
    const run = Function(`${firmware.code};return run`)() as (part: unknown) => number;
    const part = Function(parts.one!.code)() as unknown;
    expect(run(part)).toBeNaN();
    expect(parts.one!.code).toMatch(/\.w\b/);
    expect(parts.one!.code).not.toMatch(/shared|extra/);
  });

  it('forgets after starting what no event can come back to, and nothing else', () => {
    const code = `function once(){helper()}function helper(){}function later(){kept()}function kept(){}
      function passed(){called()}function called(){}var pins=[1],level=3;
      once();setTimeout(later,1);setTimeout(()=>print(level),1);start(passed);print(pins);`;
    expect(findBootOnlyNames(code).sort()).toEqual(['helper', 'once', 'pins']);
  });

  it('puts constants where they are used without changing what happens', () => {
    const code =
      'var a=50,b="text",c="once",d=1,e;function f(){d++;return{a,b,c:c+b,d}}var g=2;e=f();for(let a=7;a<8;a++)e.x=a+g;e';
    const inlined = inlineConstants(code);
    expect(inlined).not.toMatch(/\b(c|g)=/);
    expect(runInNewContext(inlined)).toEqual(runInNewContext(code));
  });

  it('draws every bitmap that the firmware has a number for, readable again from the packed file', () => {
    const assets = drawAssets();
    expect(assets.filter(Boolean)).toHaveLength(catalog.ASSET_COUNT);
    const packed = packAssets(assets);
    assets.forEach((asset, id) => {
      const at = catalog.ASSET_HEADER_BYTES + id * catalog.ASSET_ENTRY_BYTES;
      const entry = Buffer.from(packed).subarray(at, at + catalog.ASSET_ENTRY_BYTES);
      const offset = entry.readUInt16BE(2);
      const stream = packed.subarray(offset, offset + entry.readUInt16BE(4));
      expect([entry[0]! * 8, entry[1]]).toEqual([asset.widthPx, asset.heightPx]);
      expect(Buffer.from(unshrink(stream)).subarray(0, asset.bits.length).equals(asset.bits)).toBe(true);
      expect(asset.widthPx).toBeLessThanOrEqual(320);
    });
  });

  it('has a number for every text, and a text for every number', () => {
    const drawnElsewhere = ['TEXT_OPTIONS', 'TEXT_OPTION_5', 'TEXT_SUNDAY', 'TEXT_LEVEL_5'];
    const numbered = Object.keys(catalog).filter((name) => name.startsWith('TEXT_'));
    expect(numbered.sort()).toEqual([...Object.keys(DEVICE_TEXTS), ...drawnElsewhere].sort());
  });

  it('writes what must be read at least 24 pixels high', () => {
    for (const [name, { emPx }] of Object.entries(DEVICE_TEXTS))
      expect(emPx, name).toBeGreaterThanOrEqual(24);
  });
});
