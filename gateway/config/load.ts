// From a YAML file and the environment to the configuration the gateway runs with, or to everything that is wrong
// with it at once. Reads the file, the master key and the secret for signing; changes nothing on disk.
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { ExternalBrokerSettings } from '../broker/external-broker.ts';
import { loadMasterKeys, MasterKeyError } from '../fleet/master-key.ts';
import { loadProfile } from '../upstream/load-profile.ts';
import type { Profile } from '../upstream/profile.ts';
import { SIGN_KEY_PATTERN } from '../upstream/signature.ts';
import { overrideSettings } from './environment.ts';
import { type ConfigProblem, problemsOf } from './problems.ts';
import { Settings } from './schema.ts';

type ConnectorSettings = Settings['upstream'][number];
type SettingsOf<Kind extends ConnectorSettings['kind']> = Extract<ConnectorSettings, { kind: Kind }>;

/** A connector with its secrets and its profile read, and its paths complete. */
export type ConnectorConfig =
  | HttpConnectorConfig
  | JetstreamConnectorConfig
  | SettingsOf<'file'>
  | WebhookConnectorConfig;
export interface WebhookConnectorConfig extends Omit<SettingsOf<'webhook'>, 'secret' | 'secretFile'> {
  secret: string;
}
export type JetstreamConnectorConfig = Omit<SettingsOf<'jetstream'>, 'passwordFile'>;
export interface HttpConnectorConfig
  extends Omit<SettingsOf<'http'>, 'profile' | 'appWordFile' | 'appWord' | 'signKeyFile' | 'signKey'> {
  profile: Profile;
  appWord: string;
  signKey: string | undefined;
}

export interface GatewayConfig extends Omit<Settings, 'upstream' | 'personKeys' | 'anchor' | 'broker'> {
  broker: { host: string; port: number; external: ExternalBrokerSettings | undefined };
  anchor: { file: string | undefined };
  personKeys: { folder: string; copyFolder: string | undefined };
  upstream: ConnectorConfig[];
}

export type Environment = Readonly<Record<string, string | undefined>>;
export type ConfigResult = { ok: true; config: GatewayConfig } | { ok: false; problems: ConfigProblem[] };

export function loadConfig(options: { file: string; environment: Environment }): ConfigResult {
  const file = resolve(options.file);
  const read = readYaml(file);
  if (!read.ok) return read;
  const overridden = overrideSettings(read.value, options.environment);
  const parsed = Settings.safeParse(overridden.value);
  if (!parsed.success || overridden.problems.length > 0) {
    const issues = parsed.success ? [] : parsed.error.issues;
    const problems = issues.flatMap((issue) => problemsOf(issue, overridden.value));
    return { ok: false, problems: [...overridden.problems, ...problems] };
  }
  return completeConfig(parsed.data, dirname(file));
}

/** Settings as parsed, with paths relative to `folder`, become the configuration: files read, rules checked. */
export function completeConfig(settings: Settings, folder: string): ConfigResult {
  const problems: ConfigProblem[] = [...repeated(settings)];
  const dataFolder = resolve(folder, settings.dataFolder);
  const masterKeyFile = resolve(folder, settings.masterKeyFile);
  if (contains(dataFolder, masterKeyFile)) {
    problems.push({
      at: 'masterKeyFile',
      message: 'lies inside dataFolder, so a copy of the data would bring its key along',
      remedy: 'Move the file to another folder, which is backed up apart',
    });
  }
  try {
    loadMasterKeys(masterKeyFile);
  } catch (error) {
    if (!(error instanceof MasterKeyError)) throw error;
    const [message, ...remedy] = error.message.split(/\. (?=[A-Z])/);
    problems.push({
      at: 'masterKeyFile',
      message: lowerFirst(message!),
      remedy: remedy.join('. ').replace(/\.$/, ''),
    });
  }
  const personKeys = completePersonKeys(settings.personKeys, { folder, dataFolder, problems });
  const upstream = settings.upstream.flatMap(
    (connector, index) => completeConnector(connector, { at: `upstream[${index}]`, folder, problems }) ?? [],
  );
  const anchor = {
    file: settings.anchor.file === undefined ? undefined : resolve(folder, settings.anchor.file),
  };
  const external = completeExternalBroker(settings.broker.external, { folder, problems });
  const broker = { ...settings.broker, external };
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    config: { ...settings, broker, dataFolder, masterKeyFile, personKeys, anchor, upstream },
  };
}

/** Never in the data folder: whoever deletes a person must not have to find every copy of the data. */
function completePersonKeys(
  settings: Settings['personKeys'],
  { folder, dataFolder, problems }: { folder: string; dataFolder: string; problems: ConfigProblem[] },
): GatewayConfig['personKeys'] {
  const keysFolder = settings.folder
    ? resolve(folder, settings.folder)
    : join(dirname(dataFolder), 'person-keys');
  const copyFolder = settings.copyFolder === undefined ? undefined : resolve(folder, settings.copyFolder);
  for (const [name, path] of Object.entries({ folder: keysFolder, copyFolder }))
    if (path !== undefined && contains(dataFolder, path))
      problems.push({
        at: `personKeys.${name}`,
        message: 'lies inside dataFolder, so a backup of the data could be read after a person was forgotten',
        remedy: 'Name a folder outside dataFolder, which is not backed up',
      });
  if (copyFolder === keysFolder)
    problems.push({
      at: 'personKeys.copyFolder',
      message: 'is the folder of the keys itself',
      remedy: 'Name a folder on another disk, or leave it out',
    });
  return { folder: keysFolder, copyFolder };
}

interface ConnectorPlace {
  at: string;
  folder: string;
  problems: ConfigProblem[];
}

function completeConnector(connector: ConnectorSettings, place: ConnectorPlace): ConnectorConfig | undefined {
  const { at, problems } = place;
  if (connector.retryLimitMs < connector.retryBaseMs) {
    problems.push({
      at: `${at}.retryLimitMs`,
      message: 'is less than retryBaseMs',
      remedy: 'Raise retryLimitMs or lower retryBaseMs',
    });
  }
  switch (connector.kind) {
    case 'http':
      return completeHttp(connector, place);
    case 'jetstream':
      return completeJetstream(connector, place);
    case 'file':
      return { ...connector, folder: resolve(place.folder, connector.folder) };
    case 'webhook': {
      const { secret: text, secretFile: file, ...rest } = connector;
      const secret = secretOf({ name: 'secret', text, file }, place);
      return secret === undefined ? undefined : { ...rest, secret };
    }
  }
}

function completeJetstream(
  { password: text, passwordFile, ...rest }: SettingsOf<'jetstream'>,
  place: ConnectorPlace,
): JetstreamConnectorConfig | undefined {
  const path = (given: string | undefined) => given && resolve(place.folder, given);
  const files = { credentialsFile: path(rest.credentialsFile), caFile: path(rest.caFile) };
  for (const [name, file] of Object.entries(files))
    if (
      file !== undefined &&
      readSecret({ at: `${place.at}.${name}`, path: file }, place.problems) === undefined
    )
      return undefined;
  if (rest.user === undefined) return { ...rest, ...files, password: undefined };
  const password = secretOf({ name: 'password', text, file: passwordFile }, place);
  return password === undefined ? undefined : { ...rest, ...files, password };
}

function completeHttp(connector: SettingsOf<'http'>, place: ConnectorPlace): HttpConnectorConfig | undefined {
  const { at, folder, problems } = place;
  const { appWord: word, appWordFile, signKey: key, signKeyFile, profile: name, ...rest } = connector;
  const loaded = loadProfile(name, { folder, at: `${at}.profile` });
  if (!loaded.ok) problems.push(...loaded.problems);
  const appWord = secretOf({ name: 'appWord', text: word, file: appWordFile }, place);
  if (!loaded.ok) return undefined;
  const { profile } = loaded;
  if (profile.signature.method !== 'sm2')
    return appWord === undefined ? undefined : { ...rest, profile, appWord, signKey: undefined };
  const signKey = secretOf({ name: 'signKey', text: key, file: signKeyFile }, place);
  if (signKey !== undefined && !SIGN_KEY_PATTERN.test(signKey))
    problems.push({
      at: `${at}.signKey`,
      message: 'is not 64 hexadecimal digits',
      remedy: 'Give the private key as the provincial system handed it out',
    });
  return appWord === undefined || signKey === undefined ? undefined : { ...rest, profile, appWord, signKey };
}

/** Given in the configuration itself or in a file, exactly one of them. */
function secretOf(
  { name, text, file }: { name: string; text: string | undefined; file: string | undefined },
  { at, folder, problems }: ConnectorPlace,
): string | undefined {
  if ((text === undefined) === (file === undefined)) {
    problems.push({
      at: `${at}.${name}`,
      message: text === undefined ? 'is missing' : `is given twice, by ${name} and by ${name}File`,
      remedy: `Give exactly one of ${name} and ${name}File`,
    });
    return undefined;
  }
  return text ?? readSecret({ at: `${at}.${name}File`, path: resolve(folder, file!) }, problems);
}

function completeExternalBroker(
  external: Settings['broker']['external'],
  { folder, problems }: { folder: string; problems: ConfigProblem[] },
): ExternalBrokerSettings | undefined {
  if (!external) return undefined;
  const { url, user, password, passwordFile } = external;
  if ((password === undefined) === (passwordFile === undefined)) {
    problems.push({
      at: 'broker.external.password',
      message: password === undefined ? 'is missing' : 'is given twice, by password and by passwordFile',
      remedy: 'Give exactly one of password and passwordFile',
    });
    return undefined;
  }
  if ((external.certFile === undefined) !== (external.keyFile === undefined))
    problems.push({
      at: 'broker.external.certFile',
      message: 'and keyFile are not both given',
      remedy: 'Give both, or neither',
    });
  const pathOf = (name: 'caFile' | 'certFile' | 'keyFile') => {
    const path = external[name] && resolve(folder, external[name]);
    if (path !== undefined) readSecret({ at: `broker.external.${name}`, path }, problems);
    return path;
  };
  const secret =
    password ??
    readSecret({ at: 'broker.external.passwordFile', path: resolve(folder, passwordFile!) }, problems);
  const files = { caFile: pathOf('caFile'), certFile: pathOf('certFile'), keyFile: pathOf('keyFile') };
  return { url, user, password: secret ?? '', ...files };
}

function readYaml(file: string): { ok: true; value: unknown } | { ok: false; problems: ConfigProblem[] } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const message = `cannot be read (${(error as NodeJS.ErrnoException).code})`;
    const remedy = 'Name the right file with --config, or make one with `pingjia init`';
    return { ok: false, problems: [{ at: file, message, remedy }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length === 0) return { ok: true, value: document.toJS() ?? {} };
  const problems = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return {
      at: `${file}:${line}:${col}`,
      message: `is not YAML: ${error.message.replace(/\.$/, '')}`,
      remedy: 'Compare that line with `pingjia config example`',
    };
  });
  return { ok: false, problems };
}

function readSecret(source: { at: string; path: string }, problems: ConfigProblem[]): string | undefined {
  try {
    const text = readFileSync(source.path, 'utf8').trim();
    if (text !== '') return text;
    problems.push({
      at: source.at,
      message: `${source.path} is empty`,
      remedy: 'Write the secret into that file',
    });
  } catch (error) {
    problems.push({
      at: source.at,
      message: `${source.path} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      remedy: 'Correct the path, or let the user the gateway runs as read the file',
    });
  }
  return undefined;
}

function repeated(settings: Settings): ConfigProblem[] {
  const lists = [
    { at: 'windows', names: settings.windows.map(({ id }) => id) },
    { at: 'http.apiKeys', names: settings.http.apiKeys.map(({ name }) => name) },
    { at: 'upstream', names: settings.upstream.map(({ id }) => id) },
    { at: 'calendar.overrides', names: settings.calendar.overrides.map(({ date }) => date) },
  ];
  return lists.flatMap(({ at, names }) =>
    [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map((name) => ({
      at,
      message: `has "${name}" more than once`,
      remedy: 'Keep one of them or rename the other',
    })),
  );
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
