// The rules about names: globals and methods the interpreter lacks, functions used before the statement that
// declares them, and loop variables that closures keep.
import { BOARD_GLOBALS, GLOBALS, MISSING_METHODS, STATIC_MEMBERS } from './interpreter.ts';
import { type Binding, type Reference, resolveScopes } from './scopes.ts';
import { nodesOf, type SyntaxNode } from './syntax.ts';

export interface Finding {
  rule: string;
  reason: string;
  node: SyntaxNode;
}

/** Samples as in rules.ts: true in JavaScript, not so on the interpreter. */
export const NAME_SAMPLES: Record<string, string> = {
  'missing-global': 'typeof new Map()==="object"',
  'missing-member': 'Math.trunc(1.5)===1',
  'missing-method': '[[1]].flat()[0]===1',
  'late-function': '(function(){var r=h();function h(){return 1}return r===1})()',
  'kept-loop-variable':
    '(function(){var f=[];for(let x of [1,2])f.push(function(){return x});return f[0]()===1})()',
};

export function findNameProblems(program: SyntaxNode): Finding[] {
  const { bindings, globals } = resolveScopes(program);
  const findings: Finding[] = [];
  const add = (rule: string, node: SyntaxNode, reason: string) => findings.push({ rule, node, reason });

  for (const { name, reference } of globals) {
    const { parent } = reference;
    if (parent?.type === 'UnaryExpression' && parent.operator === 'typeof') continue;
    const member = memberName(parent, reference.node);
    if (!GLOBALS.includes(name) && !BOARD_GLOBALS.test(name))
      add('missing-global', reference.node, `the interpreter has no global \`${name}\``);
    else if (member && STATIC_MEMBERS[name] && !STATIC_MEMBERS[name].includes(member))
      add('missing-member', reference.node, `the interpreter has no \`${name}.${member}\``);
  }
  for (const node of nodesOf(program)) {
    const name = node.type === 'CallExpression' ? memberName(node.callee as SyntaxNode) : undefined;
    if (name && MISSING_METHODS.includes(name))
      add('missing-method', node, `the interpreter has no method \`.${name}()\``);
  }
  for (const binding of bindings) {
    if (binding.kind === 'loop-head') {
      const kept = binding.references.find((reference) => reference.owner !== binding.owner);
      if (kept)
        add(
          'kept-loop-variable',
          kept.node,
          `closures all see the last value of \`${binding.name}\`: it is one binding for the whole loop`,
        );
    }
    if (binding.kind === 'function' && binding.declaration.type === 'FunctionDeclaration') {
      const early = earlyUse(binding, bindings);
      if (early)
        add(
          'late-function',
          early,
          `\`${binding.name}\` is used before its statement ran: nothing is hoisted`,
        );
    }
  }
  return findings;
}

function memberName(node: SyntaxNode | undefined, object?: SyntaxNode): string | undefined {
  if (node?.type !== 'MemberExpression' || (object && node.object !== object)) return undefined;
  const property = node.property as SyntaxNode;
  return node.computed ? undefined : (property.name as string);
}

/** A place in the declaring function's own code, before the declaration, that uses it or a function that does. */
function earlyUse(binding: Binding, bindings: Binding[]): SyntaxNode | undefined {
  const { owner, declaration } = binding;
  const siblings = bindings.filter(
    (other) => other.kind === 'function' && other.owner === owner && other !== binding,
  );
  const users = new Set<Binding>([binding]);
  for (const user of users)
    for (const sibling of siblings)
      if (user.references.some((reference) => isInside(reference, sibling.declaration))) users.add(sibling);
  const uses = [...users].flatMap((user) => user.references);
  return uses.find((use) => use.owner === owner && use.node.start < declaration.start)?.node;
}

const isInside = ({ node }: Reference, outer: SyntaxNode) =>
  node.start >= outer.start && node.end <= outer.end;
