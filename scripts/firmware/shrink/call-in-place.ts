// A function that is called at one place only is put there: `(function(a){…})(b)`. On the interpreter a function
// that is never called costs as much memory as one that is, five blocks and one for each parameter; in its place it
// costs nothing until the call. Names must be unique (unique-names.ts).
import { type Binding, type Reference, resolveScopes } from '../check/scopes.ts';
import { childrenOf, isFunction, isNode, nodesOf, parseScript, type SyntaxNode } from '../check/syntax.ts';
import { applyEdits, type Edit } from './edits.ts';

/** Calls inside calls need another round; the firmware needs five. */
const ROUND_LIMIT = 20;
/**
 * What a key waits for: evaluating a function's text takes the interpreter time with each of its characters, more than
 * finding it by a name.
 */
const STAYS = /^(next|press|nextKeys|fill)(_\d+)?$/;
/** They call what they are given before they return, and forget it. */
const CALLS_AT_ONCE = ['every', 'filter', 'find', 'findIndex', 'forEach', 'map', 'reduce', 'some', 'sort'];

interface Move {
  fn: SyntaxNode;
  /** The statement or declarator that goes. */
  declaration: SyntaxNode;
  name: string;
  call: SyntaxNode;
}

export function callInPlace(code: string): string {
  let result = code;
  for (let round = 0; round < ROUND_LIMIT; round++) {
    const moved = moveSome(result);
    if (moved === result) return result;
    result = moved;
  }
  throw new Error('functions are put in their places without end');
}

function moveSome(code: string): string {
  const program = parseScript(code);
  const chosen: Move[] = [];
  const loops = loopsOf(program);
  for (const binding of resolveScopes(program).bindings) {
    const move = moveOf(binding, program, loops);
    if (move && !chosen.some((other) => entangled(move, other) || entangled(other, move))) chosen.push(move);
  }
  const edits: Edit[] = chosen.map(({ fn, call }) => {
    const head = fn.type === 'ArrowFunctionExpression' ? '' : 'function';
    const from = head ? firstParenthesis(code, fn) : fn.start;
    return { start: call.start, end: call.end, text: `(${head}${code.slice(from, fn.end)})` };
  });
  const gone = new Set(chosen.map(({ declaration }) => declaration));
  return applyEdits(code, [...edits, ...removals(program, gone)]);
}

function moveOf(binding: Binding, program: SyntaxNode, loops: SyntaxNode[]): Move | undefined {
  const [use, second] = binding.references;
  if (!use || second || use.owner === program || !isCallee(use) || STAYS.test(binding.name)) return undefined;
  const found = functionOf(binding);
  if (!found || contains(found.fn, use.node) || !mayMove(found.fn)) return undefined;
  // In a loop the function would be made anew each time.
  if (loops.some((loop) => contains(loop, use.node) && contains(use.owner, loop))) return undefined;
  return { ...found, name: binding.name, call: use.node };
}

function functionOf(binding: Binding): Pick<Move, 'fn' | 'declaration'> | undefined {
  if (binding.declaration.type === 'FunctionDeclaration')
    return { fn: binding.declaration, declaration: binding.declaration };
  if (binding.declaration.type !== 'VariableDeclaration' || binding.ids.length > 1) return undefined;
  const declarator = (binding.declaration.declarations as SyntaxNode[]).find(
    ({ id }) => id === binding.ids[0],
  );
  const fn = declarator?.init;
  return isNode(fn) && isFunction(fn) ? { fn, declaration: declarator! } : undefined;
}

const isCallee = ({ node, parent }: Reference): boolean =>
  parent?.type === 'CallExpression' && parent.callee === node;

/** A closure that outlives the call would hold more scopes than before. */
function mayMove(fn: SyntaxNode): boolean {
  for (const node of nodesOf(fn)) {
    if (node.type === 'ThisExpression') return false;
    if (node.type === 'Identifier' && node.name === 'arguments') return false;
    for (const child of childrenOf(node))
      if (isFunction(child) && node !== fn.body && !calledAtOnce(node, child)) return false;
    if (node === fn.body && isFunction(node)) return false;
  }
  return true;
}

function calledAtOnce(node: SyntaxNode, child: SyntaxNode): boolean {
  if (node.type !== 'CallExpression') return false;
  const callee = node.callee as SyntaxNode;
  if (callee === child) return true;
  const property = callee.type === 'MemberExpression' ? (callee.property as SyntaxNode) : undefined;
  return property?.type === 'Identifier' && CALLS_AT_ONCE.includes(property.name as string);
}

const contains = (outer: SyntaxNode, inner: SyntaxNode): boolean =>
  inner.start >= outer.start && inner.end <= outer.end;

const entangled = (a: Move, b: Move): boolean => contains(a.fn, b.call) || contains(a.fn, b.fn);

const loopsOf = (program: SyntaxNode): SyntaxNode[] =>
  [...nodesOf(program)].filter(({ type }) => /^(For|While|DoWhile)/.test(type));

/** Of the parameters: a function declaration has its name before them. */
function firstParenthesis(code: string, fn: SyntaxNode): number {
  const id = isNode(fn.id) ? fn.id.end : fn.start + 'function'.length;
  return code.indexOf('(', id);
}

function removals(program: SyntaxNode, gone: ReadonlySet<SyntaxNode>): Edit[] {
  const edits: Edit[] = [];
  for (const node of nodesOf(program)) {
    if (gone.has(node) && node.type === 'FunctionDeclaration')
      edits.push({ start: node.start, end: node.end, text: '' });
    if (node.type !== 'VariableDeclaration') continue;
    const declarators = node.declarations as SyntaxNode[];
    if (!declarators.some((declarator) => gone.has(declarator))) continue;
    // Every declarator by itself, so that edits inside those that stay do not overlap this one.
    declarators.forEach((declarator, index) => {
      const start = index === 0 ? node.start : declarators[index - 1]!.end;
      const end = declarator.start;
      if (gone.has(declarator)) edits.push({ start, end: declarator.end, text: '' });
      else edits.push({ start, end, text: `;${node.kind} ` });
    });
    const last = declarators.at(-1)!;
    if (last.end < node.end) edits.push({ start: last.end, end: node.end, text: ';' });
  }
  return edits;
}
