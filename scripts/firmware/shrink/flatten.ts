// What is made once needs no closure. A function that only the program itself calls, once, is opened: its variables
// become the program's, its inner functions no longer carry a scope, and what it was handed under another name is
// called by its first name. Names must be unique (unique-names.ts).
import { type Binding, resolveScopes, type Scopes } from '../check/scopes.ts';
import { childrenOf, isFunction, isNode, nodesOf, parseScript, type SyntaxNode } from '../check/syntax.ts';
import { applyEdits, type Edit } from './edits.ts';

/** One function is opened a round; the firmware has about twenty. */
const ROUND_LIMIT = 100;

export function flatten(code: string): string {
  let result = code;
  for (let round = 0; round < ROUND_LIMIT; round++) {
    const next = dissolve(useFirstNames(openOne(result)));
    if (next === result) return declareFirst(result);
    result = next;
  }
  throw new Error('functions are opened without end');
}

interface Opening {
  fn: SyntaxNode;
  declaration: SyntaxNode;
  call: SyntaxNode;
  path: SyntaxNode[];
}

function openOne(code: string): string {
  const program = parseScript(code);
  for (const binding of resolveScopes(program).bindings) {
    const opening = openingOf(binding, program);
    if (opening) return open(code, opening);
  }
  return code;
}

function openingOf(binding: Binding, program: SyntaxNode): Opening | undefined {
  const [use, second] = binding.references;
  if (binding.owner !== program || !use || second || use.owner !== program) return undefined;
  if (use.parent?.type !== 'CallExpression' || use.parent.callee !== use.node) return undefined;
  const found = onlyFunction(binding);
  if (!found || !mayOpen(found.fn)) return undefined;
  const path = pathTo(program, use.parent);
  return isReached(path) && isFirst(path) ? { ...found, call: use.parent, path } : undefined;
}

/** The function a name stands for, and the statement that is nothing but its declaration. */
function onlyFunction(binding: Binding): Pick<Opening, 'fn' | 'declaration'> | undefined {
  const { declaration } = binding;
  if (declaration.type === 'FunctionDeclaration') return { fn: declaration, declaration };
  if (declaration.type !== 'VariableDeclaration') return undefined;
  const declarators = declaration.declarations as SyntaxNode[];
  const fn = declarators[0]!.init;
  return declarators.length === 1 && isNode(fn) && isFunction(fn) ? { fn, declaration } : undefined;
}

/** Its own code returns at its end only, and needs no `this`. */
function mayOpen(fn: SyntaxNode): boolean {
  const body = fn.body as SyntaxNode;
  if (body.type !== 'BlockStatement') return false;
  const last = (body.body as SyntaxNode[]).at(-1);
  for (const node of ownNodes(body)) {
    if (node.type === 'ReturnStatement' && node !== last) return false;
    if (node.type === 'ThisExpression' || (node.type === 'Identifier' && node.name === 'arguments'))
      return false;
  }
  return true;
}

/** Without those of functions inside. */
function* ownNodes(node: SyntaxNode): Generator<SyntaxNode> {
  if (isFunction(node)) return;
  yield node;
  for (const child of childrenOf(node)) yield* ownNodes(child);
}

function pathTo(program: SyntaxNode, node: SyntaxNode): SyntaxNode[] {
  const path = [program];
  for (let at = program; at !== node; path.push(at))
    at = childrenOf(at).find((child) => child.start <= node.start && child.end >= node.end)!;
  return path;
}

const MAY_SURROUND = [
  ...['Program', 'BlockStatement', 'IfStatement', 'TryStatement', 'ExpressionStatement'],
  ...['VariableDeclaration', 'VariableDeclarator', 'AssignmentExpression', 'CallExpression'],
  ...['ObjectExpression', 'Property', 'MemberExpression'],
];

/** No loop, function or condition of an expression lies between the program and the call. */
const isReached = (path: SyntaxNode[]): boolean => path.every(({ type }) => MAY_SURROUND.includes(type));

/** The innermost statement around the call. */
const statementOf = (path: SyntaxNode[]): SyntaxNode =>
  path.findLast(({ type }) => /Statement$|^VariableDeclaration$/.test(type))!;

/** Nothing else of its statement happens before the call: its body may go before the statement. */
function isFirst(path: SyntaxNode[]): boolean {
  const statement = statementOf(path);
  if (!['ExpressionStatement', 'VariableDeclaration'].includes(statement.type)) return false;
  const call = path.at(-1)!;
  for (const node of ownNodes(statement)) {
    const acts = /^(Call|New|Assignment|Update)Expression$/.test(node.type);
    if (acts && node.start < call.start && !path.includes(node)) return false;
  }
  return true;
}

function open(code: string, { fn, declaration, call, path }: Opening): string {
  const text = (node: SyntaxNode) => code.slice(node.start, node.end);
  const given = call.arguments as SyntaxNode[];
  const before = (fn.params as SyntaxNode[]).map(
    (parameter, index) => `var ${text(parameter)}=${given[index] ? `(${text(given[index])})` : 'void 0'};`,
  );
  const functions: string[] = [];
  let value = 'void 0';
  for (const statement of (fn.body as SyntaxNode).body as SyntaxNode[]) {
    if (statement.type === 'FunctionDeclaration') functions.push(text(statement));
    else if (statement.type === 'ReturnStatement')
      value = isNode(statement.argument) ? text(statement.argument) : value;
    else if (statement.type === 'VariableDeclaration') {
      // A global of that name may be left by whatever ran before: without a value it would keep that one's.
      const declarator = (statement.declarations as SyntaxNode[])[0]!;
      before.push(`var ${text(declarator)}${isNode(declarator.init) ? '' : '=void 0'};`);
    } else before.push(text(statement));
  }
  const statement = statementOf(path);
  const outermost = path[1]!;
  const isAlone = statement.type === 'ExpressionStatement' && statement.expression === call;
  const edits: Edit[] = [
    { start: declaration.start, end: declaration.end, text: '' },
    { start: call.start, end: call.end, text: isAlone ? '' : `(${value})` },
  ];
  const lead = before.join('\n');
  // Functions go to the program itself: in a block each would carry the block's scope.
  if (outermost === statement)
    edits.push({ start: statement.start, end: statement.start, text: `${functions.join('\n')}\n${lead}\n` });
  else {
    // All of it depends on a condition that has no block.
    const isBare = path[path.indexOf(statement) - 1]!.type === 'IfStatement';
    edits.push(
      { start: outermost.start, end: outermost.start, text: `${functions.join('\n')}\n` },
      { start: statement.start, end: statement.start, text: `${isBare ? '{' : ''}${lead}\n` },
    );
    if (isBare) edits.push({ start: statement.end, end: statement.end, text: '}' });
  }
  return applyEdits(code, edits);
}

/** Variables of blocks before the blocks: the interpreter hoists nothing. */
function declareFirst(code: string): string {
  const program = parseScript(code);
  const edits: Edit[] = [];
  for (const statement of program.body as SyntaxNode[]) {
    for (const node of statement.type === 'VariableDeclaration' ? [] : ownNodes(statement)) {
      if (node.type !== 'VariableDeclaration' || node.kind !== 'var') continue;
      const [declarator] = node.declarations as SyntaxNode[];
      const name = (declarator!.id as SyntaxNode).name as string;
      const text = isNode(declarator!.init) ? code.slice(declarator!.start, node.end) : ';';
      edits.push({ start: statement.start, end: statement.start, text: `var ${name}=void 0;\n` });
      edits.push({ start: node.start, end: node.end, text });
    }
  }
  return applyEdits(code, edits);
}

/** `a` for `b` after `var b=a`, and for `o.b` after `var o={b:a}`, where neither ever becomes another. */
function useFirstNames(code: string): string {
  const program = parseScript(code);
  const scopes = resolveScopes(program);
  const written = writtenProperties(program);
  const constant = new Map<string, Binding>();
  for (const binding of scopes.bindings)
    if (binding.owner === program && isConstant(binding)) constant.set(binding.name, binding);
  const edits: Edit[] = [];
  for (const binding of constant.values()) {
    const init = initialValue(binding);
    if (!init || precedesUse(binding)) continue;
    const name = isStable(init, constant, scopes) ? code.slice(init.start, init.end) : undefined;
    for (const { node, parent } of binding.references) {
      if (name) {
        const key = parent?.type === 'Property' && parent.shorthand ? `${binding.name}:` : '';
        edits.push({ start: node.start, end: node.end, text: key + name });
        continue;
      }
      const property = memberOf(node, parent);
      const field = property && init.type === 'ObjectExpression' ? fieldOf(init, property) : undefined;
      if (field && !written.has(property!) && isStable(field, constant, scopes))
        edits.push({ start: parent!.start, end: parent!.end, text: code.slice(field.start, field.end) });
    }
  }
  return withoutUnused(applyEdits(code, edits));
}

/** An object that nobody is handed as such becomes a variable for each of its properties. */
function dissolve(code: string): string {
  const program = parseScript(code);
  const written = writtenProperties(program);
  const edits: Edit[] = [];
  for (const binding of resolveScopes(program).bindings) {
    const init = binding.owner === program && isConstant(binding) ? initialValue(binding) : undefined;
    if (init?.type !== 'ObjectExpression' || precedesUse(binding) || !onlyFields(binding, init, written))
      continue;
    const declaration = binding.declaration;
    const nameOf = (key: unknown) => `${binding.name}$${(key as SyntaxNode).name}`;
    let from = declaration.start;
    for (const property of init.properties as SyntaxNode[]) {
      const value = property.value as SyntaxNode;
      const text = `;var ${nameOf(property.key)}=${property.method ? 'function' : ''}`;
      edits.push({ start: from, end: value.start, text });
      from = value.end;
    }
    edits.push({ start: from, end: declaration.end, text: ';' });
    for (const { parent } of binding.references)
      edits.push({ start: parent!.start, end: parent!.end, text: nameOf(parent!.property) });
  }
  return applyEdits(code, edits);
}

function onlyFields(binding: Binding, init: SyntaxNode, written: ReadonlySet<string>): boolean {
  const plain = (init.properties as SyntaxNode[]).every(
    ({ kind, computed, key }) => kind === 'init' && !computed && (key as SyntaxNode).type === 'Identifier',
  );
  return (
    plain &&
    ![...nodesOf(init)].some(({ type }) => type === 'ThisExpression') &&
    (binding.declaration.declarations as SyntaxNode[]).length === 1 &&
    binding.references.every(({ node, parent }) => {
      const name = memberOf(node, parent);
      return name !== undefined && !written.has(name) && fieldNamed(init, name) !== undefined;
    })
  );
}

const isConstant = (binding: Binding): boolean =>
  binding.ids.length === 1 &&
  binding.references.every(
    ({ node, parent }) =>
      parent?.type !== 'UpdateExpression' &&
      !(parent?.type === 'AssignmentExpression' && parent.left === node) &&
      !(parent?.type === 'UnaryExpression' && parent.operator === 'delete'),
  );

function initialValue(binding: Binding): SyntaxNode | undefined {
  if (binding.declaration.type !== 'VariableDeclaration') return undefined;
  const declarators = binding.declaration.declarations as SyntaxNode[];
  const init = declarators.find(({ id }) => id === binding.ids[0])?.init;
  return isNode(init) ? init : undefined;
}

/** Somewhere in the program's own code the name is used before it has its value. */
const precedesUse = (binding: Binding): boolean =>
  binding.references.some(({ node, owner }) => owner === binding.owner && node.start < binding.ids[0]!.start);

/** A name that means the same for ever. */
function isStable(node: SyntaxNode, constant: ReadonlyMap<string, Binding>, scopes: Scopes): boolean {
  if (node.type !== 'Identifier') return false;
  const name = node.name as string;
  return constant.has(name) && !scopes.globals.some((global) => global.name === name);
}

function memberOf(node: SyntaxNode, parent: SyntaxNode | undefined): string | undefined {
  if (parent?.type !== 'MemberExpression' || parent.object !== node || parent.computed) return undefined;
  return (parent.property as SyntaxNode).name as string;
}

function fieldNamed(object: SyntaxNode, name: string): SyntaxNode | undefined {
  const found = (object.properties as SyntaxNode[]).filter(({ key }) => (key as SyntaxNode).name === name);
  return found.length === 1 ? found[0] : undefined;
}

function fieldOf(object: SyntaxNode, name: string): SyntaxNode | undefined {
  const field = fieldNamed(object, name);
  return field && !field.method && field.kind === 'init' ? (field.value as SyntaxNode) : undefined;
}

/** Properties that some object gets after it was made: what they are cannot be known. */
function writtenProperties(program: SyntaxNode): Set<string> {
  const names = new Set<string>();
  for (const node of nodesOf(program)) {
    const target =
      node.type === 'AssignmentExpression'
        ? node.left
        : node.type === 'UpdateExpression'
          ? node.argument
          : undefined;
    if (isNode(target) && target.type === 'MemberExpression')
      names.add(target.computed ? '*' : ((target.property as SyntaxNode).name as string));
  }
  return names;
}

/** Drops variables that nothing refers to and whose value costs nothing to leave out. */
function withoutUnused(code: string): string {
  const program = parseScript(code);
  const edits: Edit[] = [];
  for (const binding of resolveScopes(program).bindings) {
    const statement = binding.declaration;
    const init = initialValue(binding);
    if (binding.owner !== program || binding.references.length > 0 || !init || !isPure(init)) continue;
    if ((statement.declarations as SyntaxNode[]).length === 1)
      edits.push({ start: statement.start, end: statement.end, text: '' });
  }
  return applyEdits(code, edits);
}

function isPure(node: SyntaxNode): boolean {
  if (['Identifier', 'Literal'].includes(node.type) || isFunction(node)) return true;
  if (node.type !== 'ObjectExpression') return false;
  return (node.properties as SyntaxNode[]).every(({ value }) => isNode(value) && isPure(value));
}
