// Replacements in a text by place, as every pass over the firmware makes them.

export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** Edits must not overlap; of several that do the first is taken; what is put in at a place goes before what replaces it. */
export function applyEdits(code: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) continue;
    result += code.slice(at, start) + text;
    at = end;
  }
  return result + code.slice(at);
}
