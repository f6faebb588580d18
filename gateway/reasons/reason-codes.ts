// The reason options of the national norm by level, read from the data file beside this one, which names its source.
import { readFileSync } from 'node:fs';

interface DataFile {
  source: string;
  levels: Record<string, [code: number, text: string][]>;
}

const data = JSON.parse(readFileSync(new URL('./reason-codes.json', import.meta.url), 'utf8')) as DataFile;

const BY_LEVEL = new Map(
  Object.entries(data.levels).map(([level, options]) => [Number(level), new Map(options)] as const),
);

/** Undefined where the code is none of the level's. */
export function reasonText(level: number, code: number): string | undefined {
  return BY_LEVEL.get(level)?.get(code);
}
