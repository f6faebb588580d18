// Replacements in a text by place, as every pass over the firmware makes them.

export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** Edits must not overlap; of several at one place the first is taken. */
export function applyEdits(code: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start)) {
    if (start < at) continue;
    result += code.slice(at, start) + text;
    at = end;
  }
  return result + code.slice(at);
}
