// Whether the interpreter's matcher, which walks characters one by one, understands a regular expression.

/** The first thing it does not understand, or undefined. Measured on the real interpreter. */
export function regexProblem({ pattern, flags }: { pattern: string; flags: string }): string | undefined {
  const badFlag = [...flags].find((flag) => flag !== 'g' && flag !== 'i');
  if (badFlag) return `flag ${badFlag}`;
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    const next = pattern[at + 1] ?? '';
    if (character === '\\') {
      if (!/[dDfnrsStvwW0x]|[^a-zA-Z0-9]/.test(next)) return `\\${next}`;
      at++;
    } else if (character === '[') {
      while (pattern[at] !== ']') at += pattern[at] === '\\' ? 2 : 1;
    } else if (character === '(') {
      if (next === '?') return `(?${pattern[at + 2] ?? ''}`;
      depth++;
    } else if (character === ')') {
      depth--;
      if ('*+?{'.includes(next) && next) return `)${next}`;
    } else if (character === '?' || character === '{') return character;
    else if ('*+'.includes(character) && '*+?'.includes(next) && next) return character + next;
    else if (character === '|' && depth > 0) return '| inside a group';
  }
  return undefined;
}
