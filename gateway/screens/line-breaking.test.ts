import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breakLines, charactersOf } from './line-breaking.ts';

/** Ten full-width characters a line; Latin ones are half as wide. */
const measurePx = (text: string) =>
  charactersOf(text).reduce((sum, character) => sum + (/^[ -~]/.test(character) ? 5 : 10), 0);
const shown = (text: string, lineLimit = 2, tail?: string) =>
  breakLines({ text, ...(tail === undefined ? {} : { tail }), widthPx: 100, lineLimit, measurePx });

describe('breaking a text into lines', () => {
  it('leaves a text that fits alone', () => {
    expect(shown('不动产转移登记')).toEqual(['不动产转移登记']);
    expect(shown('')).toEqual([]);
  });

  it('fills the first line before the second', () => {
    expect(shown('城镇职工基本养老保险关系转移')).toEqual(['城镇职工基本养老保险', '关系转移']);
  });

  it('starts no line with closing punctuation and ends none with an opening bracket', () => {
    expect(shown('城镇职工基本养老保险，关系转移')).toEqual(['城镇职工基本养老保', '险，关系转移']);
    expect(shown('城镇职工基本养老保（跨省）')).toEqual(['城镇职工基本养老保', '（跨省）']);
  });

  it('keeps Latin words and numbers whole unless one alone is too long', () => {
    expect(shown('核发编号 GB/T 39734-2020 证书')).toEqual(['核发编号 GB/T', '39734-2020 证书']);
    expect(shown('ABCDEFGHIJKLMNOPQRSTUVWX')).toEqual(['ABCDEFGHIJKLMNOPQRST', 'UVWX']);
  });

  it('shortens what does not fit with an ellipsis, never after a comma or an opening bracket', () => {
    expect(shown('国有建设用地使用权及房屋所有权转移登记（存量房）')).toEqual([
      '国有建设用地使用权及',
      '房屋所有权转移登记…',
    ]);
  });

  it('keeps the number of matters and the badge ID when the rest is shortened', () => {
    expect(shown('国有建设用地使用权及房屋所有权转移登记', 2, ' 等 3 个事项')).toEqual([
      '国有建设用地使用权及',
      '房屋所… 等 3 个事项',
    ]);
    expect(shown('买买提·吐尔逊', 1, ' 工号 1023')).toEqual(['买买提… 工号 1023']);
  });

  it('shortens a tail that leaves no room for the name', () => {
    expect(shown('张三', 1, '  工号 ABCDEFGHIJKLMNOPQRST')[0]).toMatch(/^张三 {2}工号 A.*…$/);
  });

  it('never cuts a character in half, exceeds the width or the number of lines, or invents text', () => {
    const piece = fc.constantFrom(...'评价𬭎㛃䶮，。（）“”ab 1-·', '👨‍👩‍👧', 'é');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (pieces, lineLimit) => {
        const text = pieces.join('');
        const lines = shown(text, lineLimit);
        expect(lines.length).toBeLessThanOrEqual(lineLimit);
        for (const line of lines) {
          expect(measurePx(line)).toBeLessThanOrEqual(100);
          expect(line).toBe(Buffer.from(line).toString());
        }
        const bare = (value: string) => value.replace(/\s/gu, '');
        expect(bare(text).startsWith(bare(lines.join('')).replace(/…$/u, ''))).toBe(true);
      }),
    );
  });
});
