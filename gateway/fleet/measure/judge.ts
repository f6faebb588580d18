// From what was measured on a board to the rows of the report. Pure.
import { CHECKS, type Check, type CheckId, limitText } from './checklist.ts';

export type Verdict = 'ok' | 'beyond' | 'not-here' | 'by-hand';

/** A number in the unit of its limit; a word with whether it is the right one; or why there is none. */
export type Measured = { value: number } | { word: string; right: boolean } | { missing: string };

export interface ReportRow {
  id: CheckId;
  what: string;
  figure: string;
  limit: string;
  verdict: Verdict;
  /** What to do; empty where nothing is to be done. */
  remedy: string;
}

export interface Report {
  interpreter: string;
  chip: string;
  board: string | null;
  simulated: boolean;
  rows: ReportRow[];
  /** Nothing is beyond its limit. */
  ok: boolean;
}

export function judge(id: CheckId, measured: Measured): ReportRow {
  const check: Check = CHECKS.find((known) => known.id === id)!;
  const verdict = verdictOf(check, measured);
  const needsHand = verdict === 'beyond' || verdict === 'by-hand';
  return {
    id,
    what: check.what,
    figure: figureOf(check, measured),
    limit: limitText(check),
    verdict,
    remedy: needsHand ? check.remedy : '',
  };
}

function verdictOf({ id, limit }: Check, measured: Measured): Verdict {
  if (id === 'brown-out') return 'by-hand';
  if ('missing' in measured) return 'not-here';
  if ('word' in measured) return measured.right ? 'ok' : 'beyond';
  if (!limit) return 'beyond';
  const isKept = 'most' in limit ? measured.value <= limit.most : measured.value >= limit.least;
  return isKept ? 'ok' : 'beyond';
}

function figureOf({ limit }: Check, measured: Measured): string {
  if ('missing' in measured) return measured.missing;
  if ('word' in measured) return measured.word;
  const { value } = measured;
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${limit?.unit ?? ''}`.trim();
}

export const VERDICT_WORDS: Record<Verdict, string> = {
  ok: 'ok',
  beyond: 'BEYOND',
  'not-here': 'not here',
  'by-hand': 'by hand',
};

export function reportLines({ interpreter, chip, board, simulated, rows }: Report): string[] {
  const idWidth = Math.max(...rows.map(({ id }) => id.length));
  const figureWidth = Math.max(...rows.map(({ figure }) => figure.length));
  return [
    `Espruino ${interpreter} on ${chip}${board === null ? '' : `, firmware for ${board}`}`,
    ...(simulated ? ['These are the figures of a SIMULATOR: they prove nothing about a board.'] : []),
    ...rows.flatMap(({ id, what, figure, limit, verdict, remedy }) => [
      `${VERDICT_WORDS[verdict].padEnd(8)}  ${id.padEnd(idWidth)}  ${figure.padEnd(figureWidth)}  ${what} (${limit})`,
      ...(remedy === '' ? [] : [`${' '.repeat(10)}${remedy}`]),
    ]),
  ];
}
