// Names that only starting needs. The firmware's last statements delete them, because a function costs the
// interpreter about six blocks for as long as its name lives. Deleting a name frees what nothing else holds.
import { type Binding, type Reference, resolveScopes } from './check/scopes.ts';
import { isFunction, isNode, parseScript, type SyntaxNode } from './check/syntax.ts';

/** `code` with statements at its end that delete every name no later event can come back to. */
export function deleteBootOnlyNames(code: string): string {
  const names = findBootOnlyNames(code);
  return names.length > 0 ? `${code}${names.map((name) => `delete ${name};`).join('')}` : code;
}

/** `code`, of which nothing happens later, in a function of its own: its names end with it. */
export const inFunction = (code: string): string => `(function(){${code.replace(/(delete \w+;)+$/, '')}})();`;

export function findBootOnlyNames(code: string): string[] {
  const program = parseScript(code);
  const initial = initialValues(program);
  const declaredValue = (binding: Binding) =>
    binding.kind === 'function' ? binding.declaration : initial.get(binding.name);
  // Not those of a block, which are gone with it.
  const isGlobal = (binding: Binding) =>
    binding.owner === program &&
    binding.kind !== 'loop-head' &&
    (binding.kind === 'var' || (program.body as SyntaxNode[]).includes(binding.declaration));
  const candidates = new Set(resolveScopes(program).bindings.filter(isGlobal));
  let before: number;
  do {
    before = candidates.size;
    const transient = new Set<SyntaxNode>([program]);
    for (const candidate of candidates) {
      const value = declaredValue(candidate);
      if (value && isFunction(value)) transient.add(value);
    }
    for (const candidate of candidates) {
      const value = declaredValue(candidate);
      const onlyCalled = value !== undefined && isFunction(value);
      const goes = candidate.references.every(
        (reference) => transient.has(reference.owner) && (!onlyCalled || isCalled(reference)),
      );
      if (!goes) candidates.delete(candidate);
    }
  } while (candidates.size < before);
  return [...candidates].map((candidate) => candidate.name);
}

/** What top-level variables are declared with. */
function initialValues(program: SyntaxNode): Map<string, SyntaxNode> {
  const values = new Map<string, SyntaxNode>();
  for (const statement of program.body as SyntaxNode[])
    if (statement.type === 'VariableDeclaration')
      for (const { id, init } of statement.declarations as { id: SyntaxNode; init: unknown }[])
        if (isNode(init)) values.set(id.name as string, init);
  return values;
}

/** A function used in any other way may be kept and called later, and with it whatever its body names. */
const isCalled = ({ node, parent }: Reference): boolean =>
  parent !== undefined &&
  (parent.type === 'CallExpression' || parent.type === 'NewExpression') &&
  parent.callee === node;
