// Which declaration each name of a script means: bindings with the places that refer to them, and the names
// that are declared nowhere (globals of the interpreter).
import { childrenOf, isFunction, isNode, type SyntaxNode } from './syntax.ts';

export interface Reference {
  node: SyntaxNode;
  parent: SyntaxNode | undefined;
  /** The innermost function around it, or the program. */
  owner: SyntaxNode;
}

export interface Binding {
  name: string;
  kind: 'var' | 'lexical' | 'loop-head' | 'parameter' | 'function' | 'class';
  declaration: SyntaxNode;
  /** The names in its declarations: more than one where a `var` is declared again. */
  ids: SyntaxNode[];
  owner: SyntaxNode;
  references: Reference[];
}

export interface Scopes {
  bindings: Binding[];
  globals: { name: string; reference: Reference }[];
}

interface Scope {
  names: Map<string, Binding>;
  parent: Scope | undefined;
  owner: SyntaxNode;
  isFunctionScope: boolean;
}

type Pending = { scope: Scope; node: SyntaxNode; parent: SyntaxNode | undefined };

export function resolveScopes(program: SyntaxNode): Scopes {
  const scopes: Scopes = { bindings: [], globals: [] };
  const pending: Pending[] = [];
  visit(program, undefined, makeScope(undefined, program, true), { scopes, pending });
  for (const { scope, node, parent } of pending) {
    const name = node.name as string;
    const reference = { node, parent, owner: scope.owner };
    const binding = find(scope, name);
    if (binding) binding.references.push(reference);
    else scopes.globals.push({ name, reference });
  }
  return scopes;
}

interface Context {
  scopes: Scopes;
  pending: Pending[];
}

const makeScope = (parent: Scope | undefined, owner: SyntaxNode, isFunctionScope = false): Scope => ({
  names: new Map(),
  parent,
  owner,
  isFunctionScope,
});

function find(scope: Scope | undefined, name: string): Binding | undefined {
  for (let at = scope; at; at = at.parent) {
    const binding = at.names.get(name);
    if (binding) return binding;
  }
  return undefined;
}

function visit(node: SyntaxNode, parent: SyntaxNode | undefined, scope: Scope, context: Context): void {
  const enter = (child: unknown, inner: Scope) => {
    if (Array.isArray(child)) for (const one of child) enter(one, inner);
    else if (isNode(child)) visit(child, node, inner, context);
  };
  if (isFunction(node)) {
    if (node.type === 'FunctionDeclaration')
      declare(scope, node.id as SyntaxNode, { kind: 'function', node, context });
    const inner = makeScope(scope, node, true);
    if (node.type === 'FunctionExpression' && isNode(node.id))
      declare(inner, node.id, { kind: 'function', node, context });
    for (const parameter of node.params as SyntaxNode[])
      declarePattern(inner, parameter, { kind: 'parameter', node, context });
    enter(node.params, inner);
    enter(node.body, inner);
    return;
  }
  switch (node.type) {
    case 'VariableDeclaration':
      for (const declarator of node.declarations as SyntaxNode[]) {
        const id = declarator.id as SyntaxNode;
        const inHead = parent !== undefined && isLoopHead(node, parent);
        const kind = node.kind === 'var' ? 'var' : inHead ? 'loop-head' : 'lexical';
        declarePattern(kind === 'var' ? functionScope(scope) : scope, id, {
          kind,
          node: inHead ? parent : node,
          context,
        });
        if (id.type !== 'Identifier') enter(id, scope);
        enter(declarator.init, scope);
      }
      return;
    case 'ClassDeclaration':
      declare(scope, node.id as SyntaxNode, { kind: 'class', node, context });
      enter(node.superClass, scope);
      enter(node.body, scope);
      return;
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'BlockStatement':
    case 'SwitchStatement':
    case 'CatchClause': {
      const inner = makeScope(scope, scope.owner);
      if (node.type === 'CatchClause' && isNode(node.param))
        declarePattern(inner, node.param, { kind: 'lexical', node, context });
      for (const child of childrenOf(node)) enter(child, inner);
      return;
    }
    case 'MemberExpression':
      enter(node.object, scope);
      if (node.computed) enter(node.property, scope);
      return;
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      if (node.computed) enter(node.key, scope);
      enter(node.value, scope);
      return;
    case 'LabeledStatement':
      enter(node.body, scope);
      return;
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'MetaProperty':
      return;
    case 'Identifier':
      if (node.name !== 'undefined') context.pending.push({ scope, node, parent });
      return;
    default:
      for (const child of childrenOf(node)) enter(child, scope);
  }
}

const isLoopHead = (node: SyntaxNode, parent: SyntaxNode): boolean =>
  (parent.type === 'ForStatement' && parent.init === node) ||
  ((parent.type === 'ForInStatement' || parent.type === 'ForOfStatement') && parent.left === node);

function functionScope(scope: Scope): Scope {
  let at = scope;
  while (!at.isFunctionScope && at.parent) at = at.parent;
  return at;
}

type Declaring = { kind: Binding['kind']; node: SyntaxNode; context: Context };

function declare(scope: Scope, id: SyntaxNode, { kind, node, context }: Declaring): void {
  const name = id.name as string;
  const known = scope.names.get(name);
  if (known) {
    known.ids.push(id);
    return;
  }
  const binding: Binding = { name, kind, declaration: node, ids: [id], owner: scope.owner, references: [] };
  scope.names.set(name, binding);
  context.scopes.bindings.push(binding);
}

function declarePattern(scope: Scope, pattern: SyntaxNode, declaring: Declaring): void {
  if (pattern.type === 'Identifier') declare(scope, pattern, declaring);
  else for (const child of childrenOf(pattern)) declarePattern(scope, child, declaring);
}
