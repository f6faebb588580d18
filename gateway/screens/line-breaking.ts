// Breaks a text into lines that fit a width: Chinese anywhere but before closing and after opening punctuation
// (避头尾), Latin words and numbers whole where they fit, the last line shortened with an ellipsis. Pure: the
// caller measures. Never cuts inside a character, whatever its number of code units.

const ELLIPSIS = '…';
const NOT_AT_START = new Set('、，。．：；？！,.:;?!％%‰℃°）〕］｝》〉」』】〗’”)]}…—～·ー々〻');
const NOT_AT_END = new Set('（〔［｛《〈「『【〖‘“([{￥＄$№#');
const WORD = /^[\p{Script=Latin}\p{Nd}\p{M}_@&+/\\'-]+$/u;
const segmenter = new Intl.Segmenter('zh', { granularity: 'grapheme' });

export interface BreakRequest {
  text: string;
  /** Kept whole at the end when the text is shortened, such as " 等 3 个事项" or a badge ID. */
  tail?: string;
  widthPx: number;
  lineLimit: number;
  measurePx: (text: string) => number;
}

export function breakLines(request: BreakRequest): string[] {
  const { widthPx, lineLimit, measurePx } = request;
  const tail = request.tail ?? '';
  const text = tidy(request.text);
  const lines = fill(text + tail, request);
  if (lines.length <= lineLimit) return lines;
  const keptTail = tail !== '' && measurePx(`国国${ELLIPSIS}${tail}`) <= widthPx ? tail : '';
  const kept = fill(keptTail ? text : text + tail, request).slice(0, lineLimit - 1);
  const rest = (keptTail ? text : text + tail).slice(consumed(text + tail, kept)).trimStart();
  return [...kept, shorten(rest, ELLIPSIS + keptTail, request)];
}

/** Blanks of any kind and length become one, none at either end. */
const tidy = (text: string) => text.replace(/\s+/gu, ' ').trim();

/** How much of the text the given first lines used, blanks between them included. */
function consumed(text: string, lines: string[]): number {
  let at = 0;
  for (const line of lines) at = text.indexOf(line, at) + line.length;
  return at;
}

function fill(text: string, { widthPx, measurePx }: BreakRequest): string[] {
  const lines: string[] = [];
  let line = '';
  for (const run of unbreakableRuns(text)) {
    if (measurePx((line + run).trimEnd()) <= widthPx) {
      line += run;
      continue;
    }
    if (line.trim() !== '') lines.push(line.trim());
    line = '';
    for (const character of charactersOf(run.trimStart())) {
      if (line !== '' && measurePx(line + character) > widthPx) {
        lines.push(line);
        line = '';
      }
      line += character;
    }
  }
  if (line.trim() !== '') lines.push(line.trimEnd());
  return lines;
}

function shorten(text: string, ending: string, { widthPx, measurePx }: BreakRequest): string {
  const characters = charactersOf(text);
  while (characters.length > 0) {
    const last = characters.at(-1)!;
    const hangs = last === ' ' || NOT_AT_END.has(last) || NOT_AT_START.has(last);
    if (!hangs && measurePx(characters.join('') + ending) <= widthPx) break;
    characters.pop();
  }
  return characters.join('') + ending;
}

/** Pieces between which a line may end. A blank belongs to the piece before it. */
function unbreakableRuns(text: string): string[] {
  const runs: string[] = [];
  let previous = '';
  for (const character of charactersOf(text)) {
    const joins =
      previous !== '' &&
      (character === ' ' ||
        NOT_AT_START.has(character) ||
        NOT_AT_END.has(previous) ||
        (WORD.test(previous) && WORD.test(character)));
    if (joins) runs.push(`${runs.pop()}${character}`);
    else runs.push(character);
    previous = character;
  }
  return runs;
}

export function charactersOf(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
