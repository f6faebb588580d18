// Environment overrides: PINGJIA_HTTP_PORT for http.port and so on, for every setting that stands in no list, and
// PINGJIA_UPSTREAM_PROVINCE_URL for url of the connector with the id "province".
// Takes the parsed file and gives a copy with the overrides in it; an unknown PINGJIA_ name is a problem, because
// a misspelt override would silently do nothing.
import type { ConfigProblem } from './problems.ts';
import { allSettings, environmentNameOf, type SettingRow } from './settings.ts';

/** Read elsewhere: where the file is, and the key that `pingjia status` uses. */
export const OTHER_ENVIRONMENT_NAMES = ['PINGJIA_CONFIG', 'PINGJIA_API_KEY'] as const;

export function overrideSettings(
  fromFile: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): { value: unknown; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const value = structuredClone(fromFile);
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('PINGJIA_') || text === undefined) continue;
    if ((OTHER_ENVIRONMENT_NAMES as readonly string[]).includes(name)) continue;
    const found = settingOf(name, value);
    if (found && isGroup(value)) put(value, found.path, parse(text, found.row.type));
    if (!found) {
      problems.push({
        at: name,
        message: 'is in the environment but is no setting of the gateway',
        remedy: 'Unset it or correct its name; `pingjia config --help` lists them all',
      });
    }
  }
  return { value, problems };
}

function settingOf(name: string, value: unknown): { row: SettingRow; path: string[] } | undefined {
  const row = allSettings().find(({ environmentName }) => environmentName === name);
  if (row) return { row, path: row.path.split('.') };
  const connectors = isGroup(value) && Array.isArray(value.upstream) ? (value.upstream as unknown[]) : [];
  for (const [index, connector] of connectors.entries()) {
    if (!isGroup(connector) || typeof connector.id !== 'string') continue;
    for (const candidate of allSettings()) {
      const setting = /^upstream\[\]\.(?!id$|kind$)(\w+)$/.exec(candidate.path)?.[1];
      if (setting && environmentNameOf(`upstream.${connector.id}.${setting}`) === name)
        return { row: candidate, path: ['upstream', String(index), setting] };
    }
  }
  return undefined;
}

type Group = Record<string, unknown>;
const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function put(root: Group, path: string[], value: unknown) {
  let group = root;
  for (const name of path.slice(0, -1)) {
    if (!isGroup(group[name]) && !Array.isArray(group[name])) group[name] = {};
    group = group[name] as Group;
  }
  group[path.at(-1)!] = value;
}

/** What is not of the type stays text, so that the schema says what is wrong with it. */
function parse(text: string, type: SettingRow['type']): unknown {
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  // A list is given with commas.
  if (type === 'array') return text.split(',').map((part) => part.trim());
  return text;
}
