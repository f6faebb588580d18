// Refuses a built script that uses what the interpreter lacks. Works on the output, because a minifier adds
// syntax of its own, and reports the place in the source where a source map is given.
import { SourceMap, type SourceMapPayload } from 'node:module';
import { findNameProblems } from './names.ts';
import { RULES } from './rules.ts';
import { nodesOf, parseScript, type SyntaxNode } from './syntax.ts';

export interface Problem {
  rule: string;
  reason: string;
  file: string;
  /** From 1. */
  line: number;
  column: number;
}

export interface CheckedScript {
  code: string;
  /** Name to report where there is no source map. */
  file: string;
  sourceMap?: SourceMapPayload;
}

export function checkScript({ code, file, sourceMap }: CheckedScript): Problem[] {
  const map = sourceMap && new SourceMap(sourceMap);
  const place = (line: number, column: number) => {
    const entry = map?.findEntry(line - 1, column);
    return entry && 'originalSource' in entry
      ? { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 }
      : { file, line, column: column + 1 };
  };
  let program: SyntaxNode;
  try {
    program = parseScript(code);
  } catch (error) {
    const { message, loc } = error as SyntaxError & { loc?: { line: number; column: number } };
    if (!loc) throw error;
    return [{ rule: 'syntax', reason: message, ...place(loc.line, loc.column) }];
  }
  const findings = findNameProblems(program);
  for (const node of nodesOf(program))
    for (const rule of RULES)
      if (rule.breaks(node)) findings.push({ rule: rule.name, reason: rule.reason, node });
  return findings
    .sort((a, b) => a.node.start - b.node.start)
    .map(({ rule, reason, node }) => ({
      rule,
      reason,
      ...place(node.loc.start.line, node.loc.start.column),
    }));
}

export const describeProblem = ({ file, line, column, rule, reason }: Problem): string =>
  `${file}:${line}:${column} ${reason} (${rule})`;
