// Seeds as they are given on a command line: 7, 1..200, or several of both with commas.
const SEEDS_LIMIT = 100_000;

export function parseSeeds(text: string): number[] | undefined {
  const seeds: number[] = [];
  for (const part of text.split(',')) {
    const match = /^(\d{1,9})(?:\.\.(\d{1,9}))?$/.exec(part.trim());
    if (!match) return undefined;
    const from = Number(match[1]);
    const to = Number(match[2] ?? from);
    if (to < from || seeds.length + to - from >= SEEDS_LIMIT) return undefined;
    for (let seed = from; seed <= to; seed += 1) seeds.push(seed);
  }
  return seeds;
}
