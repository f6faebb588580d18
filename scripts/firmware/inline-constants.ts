// Puts the values of the firmware's constants where they are used. The bundler does so across files only, and on
// the interpreter each name that stays costs memory.
import { type Binding, resolveScopes } from './check/scopes.ts';
import { parseScript, type SyntaxNode } from './check/syntax.ts';
import { applyEdits, type Edit } from './shrink/edits.ts';

/** A longer text that is used more than once is cheaper by name. */
const REPEATED_TEXT_LIMIT_CHARACTERS = 4;

export function inlineConstants(code: string): string {
  const program = parseScript(code);
  const values = literalsOf(program);
  const edits: Edit[] = [];
  const gone = new Set<string>();
  for (const binding of resolveScopes(program).bindings) {
    const value = binding.owner === program ? values.get(binding.name) : undefined;
    if (!value || !isConstant(binding)) continue;
    const uses = binding.references;
    const raw = code.slice(value.start, value.end);
    if (typeof value.value === 'string' && uses.length > 1 && raw.length > REPEATED_TEXT_LIMIT_CHARACTERS)
      continue;
    gone.add(binding.name);
    for (const { node, parent } of uses) {
      const key = parent?.type === 'Property' && parent.shorthand ? `${binding.name}:` : '';
      edits.push({ start: node.start, end: node.end, text: key + raw });
    }
  }
  const keep = (declarator: SyntaxNode) => !gone.has((declarator.id as SyntaxNode).name as string);
  return withoutDeclarations(applyEdits(code, edits), keep);
}

/** Never written to after its declaration. */
const isConstant = (binding: Binding): boolean =>
  (binding.kind === 'var' || binding.kind === 'lexical') &&
  binding.references.every(
    ({ node, parent }) =>
      !(parent?.type === 'UpdateExpression') &&
      !(parent?.type === 'AssignmentExpression' && parent.left === node),
  );

function literalsOf(program: SyntaxNode): Map<string, SyntaxNode> {
  const values = new Map<string, SyntaxNode>();
  for (const statement of program.body as SyntaxNode[])
    if (statement.type === 'VariableDeclaration')
      for (const { id, init } of statement.declarations as { id: SyntaxNode; init?: SyntaxNode }[])
        if (init?.type === 'Literal' && ['number', 'string'].includes(typeof init.value))
          values.set(id.name as string, init);
  return values;
}

/** Drops top-level declarators that are not to be kept. */
function withoutDeclarations(code: string, keep: (declarator: SyntaxNode) => boolean): string {
  const edits: Edit[] = [];
  for (const statement of parseScript(code).body as SyntaxNode[]) {
    if (statement.type !== 'VariableDeclaration') continue;
    const declarators = statement.declarations as SyntaxNode[];
    const kept = declarators.filter(keep);
    if (kept.length === declarators.length) continue;
    const list = kept.map((declarator) => code.slice(declarator.start, declarator.end)).join(',');
    edits.push({ start: statement.start, end: statement.end, text: list && `${statement.kind} ${list};` });
  }
  return applyEdits(code, edits);
}
