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
  type: 'string' | 'integer' | 'boolean';
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
}

const root = z.toJSONSchema(Settings, { io: 'input' }) as Node;

export const SETTINGS: readonly SettingRow[] = rowsOf(root, { path: '', inList: false, required: true });

/** Paths of groups and lists, for "unknown setting" messages: what may stand there. */
export function namesAt(path: readonly PropertyKey[]): string[] {
  let node: Node | undefined = root;
  for (const step of path) node = typeof step === 'number' ? node?.items : node?.properties?.[String(step)];
  return Object.keys(node?.properties ?? {});
}

export function meaningOf(path: readonly PropertyKey[]): string | undefined {
  let node: Node | undefined = root;
  for (const step of path) node = typeof step === 'number' ? node?.items : node?.properties?.[String(step)];
  return node?.description;
}

export function settingsTable(): string {
  const rows = SETTINGS.map((row) =>
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
    if (child.type === 'array')
      return rowsOf(child.items!, { path: `${path}[]`, inList: true, required: true });
    return [
      {
        path,
        environmentName: at.inList ? undefined : environmentNameOf(path),
        form: formOf(child),
        defaultText: child.default === undefined ? undefined : String(child.default),
        required: required || (at.path === 'upstream' && (node.required ?? []).includes(name)),
        meaning: child.description ?? '',
        type: child.type as SettingRow['type'],
      },
    ];
  });
}

export function environmentNameOf(path: string): string {
  return `PINGJIA_${path.replaceAll('.', '_').replace(/([a-z0-9])([A-Z])/g, '$1_$2')}`.toUpperCase();
}

function formOf(node: Node): string {
  if (node.const !== undefined) return String(node.const);
  if (node.enum) return node.enum.join(', ');
  if (node.type === 'integer') return `${node.minimum}–${node.maximum}`;
  if (node.type === 'boolean') return 'true, false';
  if (node.pattern?.startsWith('^[a-z0-9-]')) return 'id';
  if (node.pattern?.startsWith('^https')) return 'http(s) address';
  if (node.pattern?.startsWith('^[0-9a-f]')) return '64 hex digits';
  if (node.pattern?.startsWith('^\\d{4}-')) return 'YYYY-MM-DD';
  if (node.pattern) return 'address';
  return `text, at most ${node.maxLength}`;
}
