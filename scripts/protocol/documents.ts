// Makes everything of protocol/ that is derived from its code: vectors, JSON Schemas, AsyncAPI and the tables
// inside README.md. Returns file contents by path below protocol/; writes nothing.
import { readFileSync } from 'node:fs';
import * as constants from '../../protocol/constants.ts';
import { WIRE_ERRORS } from '../../protocol/errors.ts';
import { DOWN_MESSAGES, UP_MESSAGES } from '../../protocol/messages.ts';
import { UPDATE_CODES, UPDATE_STATES } from '../../protocol/updates.ts';
import { makeAsyncApi } from './asyncapi.ts';
import { makeVectors } from './vectors.ts';

type JsonSchema = Record<string, unknown>;
const README = new URL('../../protocol/README.md', import.meta.url);
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const messages = { ...UP_MESSAGES, ...DOWN_MESSAGES };

export function makeDocuments(): Record<string, string> {
  const files: Record<string, string> = {
    'vectors.json': json(makeVectors()),
    'asyncapi.json': json(makeAsyncApi()),
    'README.md': fillBlocks(readFileSync(README, 'utf8')),
  };
  for (const [kind, schema] of Object.entries(messages)) {
    files[`schemas/${kind}.json`] = json({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      ...schema,
    });
  }
  return files;
}

/** Replaces what stands between `<!-- made: NAME -->` and `<!-- end -->`. An unknown name throws. */
function fillBlocks(markdown: string): string {
  return markdown.replace(/<!-- made: ([\w-]+) -->[\s\S]*?<!-- end -->/g, (_all, name: string) => {
    const make = BLOCKS[name];
    if (!make) throw new Error(`protocol/README.md asks for an unknown block: ${name}`);
    return `<!-- made: ${name} -->\n${make()}\n<!-- end -->`;
  });
}

const BLOCKS: Record<string, () => string> = {
  limits: () =>
    table(
      ['constant', 'value'],
      LIMITS.map(([name, value]) => [`\`${name}\``, String(value)]),
    ),
  errors: () =>
    table(
      ['code', 'meaning', 'answer', 'remedy'],
      WIRE_ERRORS.map((error) => [`\`${error.code}\``, error.meaning, error.answer, error.remedy]),
    ),
  'update-states': () =>
    table(
      ['state', 'meaning'],
      UPDATE_STATES.map(({ state, meaning }) => [`\`${state}\``, meaning]),
    ),
  'update-codes': () =>
    table(
      ['code', 'meaning', 'remedy'],
      UPDATE_CODES.map(({ code, meaning, remedy }) => [`\`${code}\``, meaning, remedy]),
    ),
  ...Object.fromEntries(
    Object.entries(messages).map(([kind, schema]) => [
      `message-${kind}`,
      () => messageTables(schema as unknown as JsonSchema),
    ]),
  ),
};

const LIMITS = Object.entries(constants)
  .filter(([name]) => /_(BYTES|MS|SECONDS|RECORDS|RANGES|PX|BITS|MAX|LIMIT)$/.test(name))
  .sort(([a], [b]) => (a < b ? -1 : 1));

function messageTables(schema: JsonSchema): string {
  const variants = (schema.anyOf as JsonSchema[] | undefined) ?? [schema];
  return variants.map(fieldTable).join('\n\n');
}

function fieldTable(schema: JsonSchema): string {
  const fields = schema.properties as Record<string, JsonSchema>;
  const rows = Object.entries(fields).map(([name, field]) => [`\`${name}\``, typeOf(field), describe(field)]);
  return table(['field', 'type', 'meaning'], rows);
}

const describe = (field: JsonSchema) => String(field.description ?? '');

function typeOf(field: JsonSchema): string {
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``;
  const anyOf = field.anyOf as JsonSchema[] | undefined;
  if (anyOf) return anyOf.map(typeOf).join(' or ');
  if (field.type === 'integer') return `integer ${field.minimum}–${field.maximum}`;
  if (field.type === 'string')
    return field.maxLength ? `text, at most ${field.maxLength}` : `\`${field.pattern}\``;
  if (field.type === 'array') return `list, at most ${field.maxItems ?? (field.items as unknown[]).length}`;
  if (field.type !== 'object') return String(field.type);
  return `{${Object.keys(field.properties as object).join(', ')}}`;
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
