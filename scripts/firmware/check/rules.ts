// The rules of the interpreter's subset that one node of the tree can break by itself. Each has a name, the
// reason a developer reads, and a sample that is true in JavaScript and is not on the interpreter (tested there).
import { regexProblem } from './regex.ts';
import type { SyntaxNode } from './syntax.ts';

export interface Rule {
  name: string;
  reason: string;
  sample: string;
  breaks(node: SyntaxNode): boolean;
}

const isKeyed = (node: SyntaxNode) =>
  node.type === 'Property' || node.type === 'MethodDefinition' || node.type === 'PropertyDefinition';
const value = (node: SyntaxNode) => node.value;

export const RULES: Rule[] = [
  {
    name: 'optional-chaining',
    reason: '`?.` is a syntax error',
    sample: '({a:1})?.a===1',
    breaks: (node) => node.type === 'ChainExpression',
  },
  {
    name: 'logical-assignment',
    reason: '`??=`, `||=` and `&&=` do not assign',
    sample: '(function(){var a=0;a||=2;return a===2})()',
    breaks: (node) =>
      node.type === 'AssignmentExpression' && ['??=', '||=', '&&='].includes(node.operator as string),
  },
  {
    name: 'exponent',
    reason: '`**` is a syntax error: use Math.pow',
    sample: '2**3===8',
    breaks: (node) => node.operator === '**' || node.operator === '**=',
  },
  {
    name: 'spread',
    reason: 'spread is a syntax error',
    sample: '[...[1]][0]===1',
    breaks: (node) => node.type === 'SpreadElement',
  },
  {
    name: 'rest',
    reason: 'rest parameters and rest patterns are syntax errors',
    sample: '(function(...a){return a[0]===1})(1)',
    breaks: (node) => node.type === 'RestElement',
  },
  {
    name: 'default-value',
    reason: 'default parameters and default values in patterns are syntax errors',
    sample: '(function(a=1){return a===1})()',
    breaks: (node) => node.type === 'AssignmentPattern',
  },
  {
    name: 'destructuring',
    reason: 'destructuring does not assign',
    sample: '(function(){var {a}={a:1};return a===1})()',
    breaks: (node) => node.type === 'ObjectPattern' || node.type === 'ArrayPattern',
  },
  {
    name: 'private-name',
    reason: 'private names are syntax errors',
    sample: '(function(){class A{#x=1;y(){return this.#x}}return new A().y()===1})()',
    breaks: (node) => node.type === 'PrivateIdentifier',
  },
  {
    name: 'computed-key',
    reason: 'computed keys are syntax errors',
    sample: '({["a"]:1}).a===1',
    breaks: (node) => isKeyed(node) && node.computed === true,
  },
  {
    name: 'label',
    reason: 'labels do not exist',
    sample: '(function(){a:for(;;){break a}return true})()',
    breaks: (node) => node.type === 'LabeledStatement',
  },
  {
    name: 'async',
    reason: '`async` and `await` do not exist: use timers or promises',
    sample: '(async function(){return 1})() instanceof Promise',
    breaks: (node) => node.async === true || node.type === 'AwaitExpression' || node.await === true,
  },
  {
    name: 'generator',
    reason: 'generators do not exist',
    sample: '(function*(){yield 1})().next().value===1',
    breaks: (node) => node.generator === true || node.type === 'YieldExpression',
  },
  {
    name: 'new-target',
    reason: '`new.target` and `import.meta` do not exist',
    sample: '(function(){return new.target===undefined})()',
    breaks: (node) => node.type === 'MetaProperty',
  },
  {
    name: 'dynamic-import',
    reason: '`import()` does not exist',
    sample: 'import("x").catch(function(){}) instanceof Promise',
    breaks: (node) => node.type === 'ImportExpression',
  },
  {
    name: 'with',
    reason: '`with` does not exist',
    sample: '(function(){with({a:1}){return a===1}})()',
    breaks: (node) => node.type === 'WithStatement',
  },
  {
    name: 'tagged-template',
    reason: 'tagged templates do not call their tag',
    sample: '(function(){function t(s){return s[0]}return t`a`==="a"})()',
    breaks: (node) => node.type === 'TaggedTemplateExpression',
  },
  {
    name: 'static-block',
    reason: 'static blocks are syntax errors',
    sample: '(function(){class A{static{A.x=1}}return A.x===1})()',
    breaks: (node) => node.type === 'StaticBlock',
  },
  {
    name: 'big-integer',
    reason: 'BigInt does not exist',
    sample: 'typeof 10n==="bigint"',
    breaks: (node) => node.type === 'Literal' && typeof node.bigint === 'string',
  },
  {
    name: 'regular-expression',
    reason: 'regular expressions know characters, classes, `.`, `^`, `$`, `*` and `+` only, flags g and i',
    sample: '/^ab?$/.test("a")',
    breaks: (node) => {
      const regex = node.regex as { pattern: string; flags: string } | undefined;
      return node.type === 'Literal' && regex !== undefined && regexProblem(regex) !== undefined;
    },
  },
  {
    name: 'wide-character',
    reason: 'a character above U+00FF does not fit a byte: texts are bitmaps',
    sample: '"\\u8bc4".length===1&&"\\u8bc4".charCodeAt(0)===0x8bc4&&JSON.stringify("\\u8bc4").length===3',
    breaks: (node) => {
      const text = node.type === 'TemplateElement' ? (value(node) as { cooked: string }).cooked : value(node);
      return (
        (node.type === 'Literal' || node.type === 'TemplateElement') &&
        typeof text === 'string' &&
        [...text].some((character) => character.codePointAt(0)! > 0xff)
      );
    },
  },
];
