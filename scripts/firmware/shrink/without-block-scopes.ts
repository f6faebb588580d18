// `var` for the `let` and `const` of blocks inside functions: the interpreter makes an object for each block that
// declares one, every time it is entered, and searches it for every name. Only where nothing changes its meaning by it.
import { type Binding, resolveScopes } from '../check/scopes.ts';
import { childrenOf, isFunction, nodesOf, parseScript, type SyntaxNode } from '../check/syntax.ts';
import { applyEdits, type Edit } from './edits.ts';

const BLOCKS = /^(BlockStatement|For(In|Of)?Statement|SwitchStatement|CatchClause)$/;

export function withoutBlockScopes(code: string): string {
  const program = parseScript(code);
  const { bindings } = resolveScopes(program);
  const edits: Edit[] = [];
  for (const fn of [...nodesOf(program)].filter(isFunction)) {
    const own = bindings.filter(({ owner }) => owner === fn);
    const blocks = [...ownNodes(fn)].filter(({ type }) => BLOCKS.test(type));
    const isApart = (one: Binding, other: Binding): boolean => {
      const [a, b] = [blockOf(one, blocks), blockOf(other, blocks)];
      return a !== undefined && b !== undefined && !contains(a, b) && !contains(b, a);
    };
    for (const { declaration, isLoopOver } of declarationsOf(fn)) {
      const declarators = declaration.declarations as SyntaxNode[];
      const declared = own.filter(({ ids }) => ids.some((id) => declarators.some((one) => one.id === id)));
      // Without a value it would keep that of the round before.
      const hasValues = isLoopOver || declarators.every(({ init }) => init);
      const staysInside = declared.every(({ references }) => references.every(({ owner }) => owner === fn));
      const isAlone = declared.every((binding) =>
        own.every((other) => other === binding || other.name !== binding.name || isApart(binding, other)),
      );
      if (!hasValues || !staysInside || !isAlone) continue;
      const { start, kind } = declaration;
      edits.push({ start, end: start + (kind as string).length, text: 'var' });
    }
  }
  return applyEdits(code, edits);
}

interface Declared {
  declaration: SyntaxNode;
  /** The head of a `for…of` or `for…in`, which gives the value. */
  isLoopOver: boolean;
}

/** Those of `let` and `const` in a function's own code. */
function* declarationsOf(fn: SyntaxNode): Generator<Declared> {
  for (const node of ownNodes(fn))
    for (const child of childrenOf(node))
      if (child.type === 'VariableDeclaration' && child.kind !== 'var')
        yield { declaration: child, isLoopOver: node.left === child };
}

/** Without those of functions inside. */
function* ownNodes(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (const child of childrenOf(node)) if (!isFunction(child)) yield* ownNodes(child);
}

/** The innermost block that a variable belongs to; undefined for a parameter and what is declared for a whole function. */
function blockOf(binding: Binding, blocks: readonly SyntaxNode[]): SyntaxNode | undefined {
  if (binding.kind !== 'lexical' && binding.kind !== 'loop-head') return undefined;
  return blocks.filter((block) => contains(block, binding.declaration)).at(-1);
}

const contains = (outer: SyntaxNode, inner: SyntaxNode): boolean =>
  inner.start >= outer.start && inner.end <= outer.end;
