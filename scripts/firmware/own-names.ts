// Which property names are the firmware's own, so that the build may shorten them: long ones cost bytes in flash
// and blocks in memory. Whatever the interpreter, the wire, a file or a person at the prompt names stays.
import { readFileSync } from 'node:fs';
import { DOWN_MESSAGES, Image, UP_MESSAGES } from '../../protocol/messages.ts';
import { repositoryFolder } from './boards.ts';
import { nodesOf, parseScript, type SyntaxNode } from './check/syntax.ts';

/** Files whose words all stay: they describe what others name. */
const OUTSIDE_FILES = [
  'device/boards/espruino.d.ts',
  'device/boards/access-point.ts',
  'device/settings.ts',
  'device/provision.ts',
];
/** What the interpreter's Graphics calls its methods and the parts of an image. */
const GRAPHICS = [
  'setColor',
  'setBgColor',
  'clear',
  'fillRect',
  'drawImage',
  'width',
  'height',
  'bpp',
  'buffer',
  'palette',
  'msb',
];

export interface OwnNames {
  /** May be shortened. */
  own: string[];
  /** Used by one of the scripts and to stay. */
  kept: string[];
}

/** Of several scripts that hand objects to each other. */
export function findOwnNames(scripts: readonly string[]): OwnNames {
  const kept = new Set([...builtInNames(), ...wireNames(), ...GRAPHICS, ...outsideWords()]);
  const found = new Set<string>();
  for (const node of scripts.flatMap((code) => [...nodesOf(parseScript(code))])) {
    // A name that also is a text may be used to look the property up.
    if (node.type === 'Literal' && typeof node.value === 'string') kept.add(node.value);
    if (node.type === 'TemplateElement') kept.add((node.value as { cooked: string }).cooked);
    const key = propertyKey(node);
    if (key) found.add(key);
  }
  const isOwn = (name: string) => !kept.has(name) && name.length > 1;
  const names = [...found].sort();
  return { own: names.filter(isOwn), kept: names.filter((name) => !isOwn(name)) };
}

function propertyKey(node: SyntaxNode): string | undefined {
  const key =
    node.type === 'MemberExpression'
      ? node.property
      : ['Property', 'MethodDefinition', 'PropertyDefinition'].includes(node.type)
        ? node.key
        : undefined;
  if (!key || node.computed || (key as SyntaxNode).type !== 'Identifier') return undefined;
  return (key as SyntaxNode).name as string;
}

function builtInNames(): string[] {
  const objects = [
    Object,
    Math,
    JSON,
    Date,
    Promise,
    Number,
    String,
    Array,
    ArrayBuffer,
    Uint8Array,
    globalThis,
  ];
  const made = [{}, [], '', 0, true, /x/, new Date(0), new Uint8Array(0), new DataView(new ArrayBuffer(1))];
  const more = [new ArrayBuffer(0), Promise.resolve(), new Error('x'), () => undefined];
  const names: string[] = [];
  for (const start of [...objects, ...made, ...more])
    for (let at: unknown = Object(start); at; at = Object.getPrototypeOf(at))
      names.push(...Object.getOwnPropertyNames(at));
  return names;
}

function wireNames(): string[] {
  const names: string[] = [];
  const walk = (schema: unknown) => {
    if (typeof schema !== 'object' || schema === null) return;
    const { properties } = schema as { properties?: object };
    if (properties) names.push(...Object.keys(properties));
    for (const part of Object.values(schema)) walk(part);
  };
  for (const message of [...Object.values(UP_MESSAGES), ...Object.values(DOWN_MESSAGES), Image])
    walk(message);
  return names;
}

const outsideWords = (): string[] =>
  OUTSIDE_FILES.flatMap(
    (file) => readFileSync(`${repositoryFolder}${file}`, 'utf8').match(/[A-Za-z_]\w*/g) ?? [],
  );
