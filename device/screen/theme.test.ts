import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as theme from './theme.ts';

/** Relative luminance of WCAG 2.2. */
function luminance(color: number): number {
  const channels = [(color >> 11) / 31, ((color >> 5) & 63) / 63, (color & 31) / 31];
  const [red, green, blue] = channels.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  ) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
const contrast = (a: number, b: number) => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
};

describe('the colours', () => {
  it('can be told apart by people who see little: 4.5 to 1 for every text', () => {
    for (const [ink, paper] of theme.TEXT_PAIRS)
      expect(contrast(ink, paper), `${ink.toString(16)} on ${paper.toString(16)}`).toBeGreaterThanOrEqual(
        4.5,
      );
  });

  it('of the high-contrast theme reach 7 to 1 for every text', () => {
    for (const [ink, paper] of theme.TEXT_PAIRS)
      expect(
        contrast(theme.highContrast(ink), theme.highContrast(paper)),
        `${ink.toString(16)} on ${paper.toString(16)}`,
      ).toBeGreaterThanOrEqual(7);
    for (const color of [theme.BLACK, theme.IVORY]) expect(theme.highContrast(color)).toBe(color);
  });

  it('are used for text in tested pairs only', () => {
    const names = theme as unknown as Record<string, number>;
    const sources = readdirSync(new URL('.', import.meta.url)).filter((name) => /^[a-z-]+\.ts$/.test(name));
    const found = sources.flatMap((name) => {
      const text = readFileSync(new URL(name, import.meta.url), 'utf8');
      return [...text.matchAll(/\b([A-Z]{3,6}), ([A-Z]{3,6})\)/g)].map((match) => [match[1]!, match[2]!]);
    });
    const pairs = found.filter(([ink, paper]) => ink! in names && paper! in names);
    expect(pairs.length).toBeGreaterThan(8);
    for (const [ink, paper] of pairs)
      if (ink !== 'BLACK')
        expect(theme.TEXT_PAIRS, `${ink} on ${paper}`).toContainEqual([names[ink!], names[paper!]]);
  });
});
