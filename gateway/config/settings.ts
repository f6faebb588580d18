// The list of settings made from the schema: path, environment name, form, default, meaning. Documents, the
// environment overrides and error messages use this list, so that none of them can name a setting that is not there.
import { z } from 'zod';
import { Settings } from './schema.ts';

export interface SettingRow {
  path: string;
  /** Undefined for what stands in a list: that is set in the file only. */
  environmentName: string | undefined;
  form: string;
  /** As YAML, or undefined when there is none. */
  defaultText: string | undefined;
  required: boolean;
  meaning: string;
  type: 'string' | 'integer' | 'boolean' | 'array';
}

interface Node {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  oneOf?: Node[];
}

/** Connectors are told apart by their ids, which stand in the names of their overrides. */
const CONNECTOR_PATH = 'upstream[].';

/** What is required in them is so once the group is there. */
const OPTIONAL_GROUPS = ['broker.external'];

let madeRoot: Node | undefined;
let madeSettings: readonly SettingRow[] | undefined;

/** Made when it is first asked for: a gateway whose file is right and alone starts without it. */
function root(): Node {
  madeRoot ??= z.toJSONSchema(Settings, { io: 'input' }) as Node;
  return madeRoot;
}

export function allSettings(): readonly SettingRow[] {
  madeSettings ??= rowsOf(root(), { path: '', inList: false, required: true });
  return madeSettings;
}

/** Paths of groups and lists, for "unknown setting" messages: what may stand there. */
export function namesAt(path: readonly PropertyKey[], given: unknown): string[] {
  return Object.keys(nodeAt(path, given)?.properties ?? {});
}

export function meaningOf(path: readonly PropertyKey[], given: unknown): string | undefined {
  return nodeAt(path, given)?.description;
}

/** Where the form depends on the kind of an entry, the given kind decides. */
function nodeAt(path: readonly PropertyKey[], given: unknown): Node | undefined {
  let node: Node | undefined = root();
  let value = given;
  for (const step of path) {
    node = typeof step === 'number' ? node?.items : node?.properties?.[String(step)];
    value = (value as Record<PropertyKey, unknown> | null | undefined)?.[step];
    const { kind } = (value ?? {}) as { kind?: unknown };
    node = node?.oneOf?.find((variant) => variant.properties?.kind?.const === kind) ?? node;
  }
  return node;
}

export function settingsTable(): string {
  const rows = allSettings().map((row) =>
    [
      `\`${row.path}\``,
      row.environmentName ? `\`${row.environmentName}\`` : '–',
      row.form,
      row.defaultText === undefined ? (row.required ? '**required**' : '–') : `\`${row.defaultText}\``,
      row.meaning,
    ].join(' | '),
  );
  const head = ['| setting | environment | form | default | meaning |', '| --- | --- | --- | --- | --- |'];
  return [...head, ...rows.map((row) => `| ${row} |`)].join('\n');
}

function rowsOf(node: Node, at: { path: string; inList: boolean; required: boolean }): SettingRow[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const path = at.path === '' ? name : `${at.path}.${name}`;
    const required = at.required && (node.required ?? []).includes(name);
    if (child.type === 'object') return rowsOf(child, { ...at, path, required: required || !!child.default });
    if (child.type === 'array' && (child.items!.properties || child.items!.oneOf))
      return rowsOfList(child.items!, `${path}[]`);
    return [
      {
        path,
        environmentName: at.inList ? connectorEnvironmentName(path) : environmentNameOf(path),
        form: formOf(child),
        defaultText: child.default === undefined ? undefined : textOf(child.default),
        required: required || (OPTIONAL_GROUPS.includes(at.path) && (node.required ?? []).includes(name)),
        meaning: child.description ?? '',
        type: child.type as SettingRow['type'],
      },
    ];
  });
}

/** Entries of several kinds: what all have first, then what belongs to one kind. */
function rowsOfList(items: Node, path: string): SettingRow[] {
  const variants = items.oneOf ?? [items];
  const lists = variants.map((variant) => rowsOf(variant, { path, inList: true, required: true }));
  const [first = []] = lists;
  const inAll = (row: SettingRow) => lists.every((rows) => rows.some((other) => other.path === row.path));
  const kinds = variants.map((variant) => String(variant.properties?.kind?.const)).join(', ');
  const common = first
    .filter(inAll)
    .map((row) => (row.path === `${path}.kind` ? { ...row, form: kinds } : row));
  const own = lists.flatMap((rows, index) =>
    rows
      .filter((row) => !inAll(row))
      .map((row) => ({ ...row, meaning: `${variants[index]!.properties!.kind!.const}: ${row.meaning}` })),
  );
  return [...common, ...own];
}

function connectorEnvironmentName(path: string): string | undefined {
  const name = path.startsWith(CONNECTOR_PATH) ? path.slice(CONNECTOR_PATH.length) : undefined;
  return name === undefined || name === 'id' || name === 'kind'
    ? undefined
    : environmentNameOf(`upstream.{ID}.${name}`);
}

export function environmentNameOf(path: string): string {
  return `PINGJIA_${path.replaceAll(/[.-]/g, '_').replace(/([a-z0-9])([A-Z])/g, '$1_$2')}`.toUpperCase();
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}

function formOf(node: Node): string {
  if (node.items?.enum) return `list of ${formOf(node.items)}`;
  if (node.const !== undefined) return String(node.const);
  if (node.enum) return node.enum.join(', ');
  if (node.type === 'array')
    return node.items?.type === 'string' ? 'list of addresses' : `list of ${formOf(node.items!)}`;
  if (node.type === 'integer') return `${node.minimum}–${node.maximum}`;
  if (node.type === 'boolean') return 'true, false';
  if (node.pattern?.startsWith('^[a-z0-9-]')) return 'id';
  if (node.pattern?.startsWith('^https')) return 'http(s) address';
  if (node.pattern?.startsWith('^[0-9a-f]')) return '64 hex digits';
  if (node.pattern?.startsWith('^\\d{4}-')) return 'YYYY-MM-DD';
  if (node.pattern?.startsWith('^[A-Za-z0-9_-]+(')) return 'subject';
  if (node.pattern) return 'address';
  return `text, at most ${node.maxLength}`;
}
