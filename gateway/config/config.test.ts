import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXAMPLE, exampleConfig } from './example.ts';
import { loadConfig } from './load.ts';
import { sentenceOf } from './problems.ts';
import { allSettings } from './settings.ts';

const good = `
hall: { id: demo, name: 大厅 }
dataFolder: data
masterKeyFile: secrets/master.key
windows: [{ id: a01, label: A01 }]
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pingjia-config-'));
  mkdirSync(join(folder, 'secrets'));
  writeFileSync(join(folder, 'secrets/master.key'), `${'ab'.repeat(32)}\n`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(yaml: string, environment: Record<string, string> = {}) {
  const file = join(folder, 'pingjia.yaml');
  writeFileSync(file, yaml);
  return loadConfig({ file, environment });
}
function sentences(yaml: string, environment: Record<string, string> = {}) {
  const result = load(yaml, environment);
  return result.ok ? [] : result.problems.map(sentenceOf);
}

describe('the configuration', () => {
  it('is complete with four settings, the rest has defaults, paths are relative to the file', () => {
    const result = load(good);
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    expect(result.config).toMatchObject({
      dataFolder: join(folder, 'data'),
      masterKeyFile: join(folder, 'secrets/master.key'),
      broker: { host: '0.0.0.0', port: 1883 },
      http: { host: '127.0.0.1', port: 8080, apiKeys: [] },
      unlinkedPresses: false,
      upstream: [],
      log: { level: 'info' },
    });
  });

  it('has an example that is itself valid, and the same as the file in the project', () => {
    const text = exampleConfig(EXAMPLE);
    expect(sentences(text)).toEqual([]);
    expect(readFileSync(new URL('../../pingjia.example.yaml', import.meta.url), 'utf8')).toBe(text);
  });

  it('can be overridden from the environment, every setting outside lists by its own name', () => {
    const names = allSettings().flatMap(({ environmentName }) => environmentName ?? []);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('PINGJIA_HTTP_PORT');
    const connectors =
      'upstream: [{ id: city, kind: http, url: "http://h/x", appMark: a, appWord: b }, { id: city-2, kind: http, appMark: m }]\n';
    const result = load(good + connectors, {
      PINGJIA_HTTP_PORT: '9000',
      PINGJIA_HALL_NAME: '新厅',
      PINGJIA_UNLINKED_PRESSES: 'true',
      PINGJIA_UPSTREAM_CITY_2_URL: 'http://127.0.0.1:1/x',
      PINGJIA_UPSTREAM_CITY_2_APP_WORD: 'w',
      PINGJIA_UPSTREAM_CITY_2_CONCURRENCY: '7',
      OTHER: 'ignored',
    });
    expect(result).toMatchObject({
      ok: true,
      config: {
        http: { port: 9000 },
        hall: { id: 'demo', name: '新厅' },
        unlinkedPresses: true,
        upstream: [
          { id: 'city', url: 'http://h/x', concurrency: 4 },
          { id: 'city-2', url: 'http://127.0.0.1:1/x', appMark: 'm', appWord: 'w', concurrency: 7 },
        ],
      },
    });
  });

  it('says of every mistake at once where it is, what is wrong and how to mend it', () => {
    const found = sentences(
      'hall: { id: Demo }\ndataFolder: data\nmasterKeyFile: k\nhttp: { port: 70000, prt: 1 }\nwindows: [{ id: a01 }]\n',
    );
    expect(found).toEqual([
      expect.stringMatching(/^hall\.id: must consist of 1 to 32 .* Correct it, here or in PINGJIA_HALL_ID/),
      expect.stringMatching(/^hall\.name: is missing\. Add it \(Name of the hall/),
      expect.stringMatching(/^http\.port: must be a whole number from 0 to 65535\. .*PINGJIA_HTTP_PORT/),
      expect.stringMatching(/^http\.prt: is not a setting .* known here are host, port/),
      expect.stringMatching(/^windows\[0\]\.label: is missing\./),
    ]);
  });

  it('does not take a misspelt override silently', () => {
    expect(sentences(good, { PINGJIA_HTP_PORT: '1' })).toEqual([
      expect.stringMatching(/^PINGJIA_HTP_PORT: .*correct its name/),
    ]);
    expect(sentences(good, { PINGJIA_HTTP_PORT: 'eighty' })).toEqual([
      expect.stringMatching(/^http\.port: must be a whole number/),
    ]);
  });

  it('points at the line that is not YAML', () => {
    expect(sentences('hall: {\n  id: a\n')[0]).toMatch(
      /pingjia\.yaml:\d+:\d+: is not YAML: .* config example/,
    );
    expect(sentences('- a\n')[0]).toMatch(/^the whole file: must be a group/);
    expect(sentences('')).toHaveLength(3);
  });

  it('names a file that is not there', () => {
    const result = loadConfig({ file: join(folder, 'none.yaml'), environment: {} });
    expect(result).toMatchObject({ ok: false, problems: [{ message: 'cannot be read (ENOENT)' }] });
  });

  it('keeps the master key out of the data folder, readable and whole', () => {
    expect(sentences(good.replace('secrets/master.key', 'data/master.key'))[0]).toMatch(/inside dataFolder/);
    expect(sentences(good.replace('master.key', 'none.key'))[0]).toMatch(
      /^masterKeyFile: cannot read .*ENOENT.*pingjia init/,
    );
    writeFileSync(join(folder, 'secrets/master.key'), 'short');
    expect(sentences(good)[0]).toMatch(/^masterKeyFile: .*is not 64 hexadecimal digits/);
    writeFileSync(join(folder, 'secrets/master.key'), '');
    expect(sentences(good)[0]).toMatch(/^masterKeyFile: .*is not 64/);
  });

  it('wants exactly one source of the secret for signing, and reads it from its file', () => {
    const upstream = 'upstream: [{ id: one, kind: http, url: "http://h/x", appMark: m';
    expect(sentences(`${good}${upstream} }]`)[0]).toMatch(/^upstream\[0\]\.appWord: is missing/);
    expect(sentences(`${good}${upstream}, appWord: a, appWordFile: b }]`)[0]).toMatch(/given twice/);
    writeFileSync(join(folder, 'word'), 'secret\n');
    expect(load(`${good}${upstream}, appWordFile: word }]`)).toMatchObject({
      ok: true,
      config: { upstream: [{ appWord: 'secret' }] },
    });
  });

  it('wants a profile that is there and whole, and the key that it signs with', () => {
    const upstream = (more: string) =>
      `${good}upstream: [{ id: one, kind: http, url: "http://h/x", appMark: m, appWord: w, ${more} }]`;
    expect(sentences(upstream('profile: keyed-sm3'))).toEqual([]);
    expect(sentences(upstream('profile: mars'))[0]).toMatch(/^upstream\[0\]\.profile: is no profile/);
    expect(sentences(upstream('profile: sm2-reversed'))[0]).toMatch(/^upstream\[0\]\.signKey: is missing/);
    expect(sentences(upstream('profile: sm2-reversed, signKey: abc'))[0]).toMatch(/is not 64 hexadecimal/);
    expect(sentences(upstream(`profile: sm2-reversed, signKey: "${'ab'.repeat(32)}"`))).toEqual([]);
    const text = readFileSync(new URL('../upstream/profiles/national.yaml', import.meta.url), 'utf8');
    writeFileSync(join(folder, 'own.yaml'), text.replace(/negativeText.*/, 'negativeText: ""'));
    expect(sentences(upstream('profile: own.yaml'))[0]).toMatch(/own\.yaml → negativeText: must be a text/);
  });

  it('has the rules of the regulation unless the hall says otherwise', () => {
    const result = load(good);
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    expect(result.config.rules).toEqual({
      termDays: 5,
      termKind: 'working',
      termStart: 'next-day',
      defaultLevel: 3,
      defaultSendAfterDays: 3,
    });
    const own = `${good}rules: { termDays: 0, termKind: lunar, defaultLevel: 2 }\n`;
    expect(sentences(own)).toEqual([
      expect.stringMatching(/^rules\.termDays: must be a whole number from 1 to 60/),
      expect.stringMatching(/^rules\.termKind: must be working or natural/),
      expect.stringMatching(/^rules\.defaultLevel: must be a whole number from 3 to 5/),
    ]);
  });

  it('takes days on which the hall differs once each, and only dates of the calendar', () => {
    const overrides = (...dates: string[]) =>
      `${good}calendar: { overrides: [${dates.map((date) => `{ date: "${date}", working: true }`).join(', ')}] }\n`;
    expect(sentences(overrides('2026-10-10', '2026-10-11'))).toEqual([]);
    expect(sentences(overrides('2026-02-30'))).toEqual([
      expect.stringMatching(/^calendar\.overrides\[0\]\.date: must be a date such as/),
    ]);
    expect(sentences(overrides('2026-10-10', '2026-10-10'))).toEqual([
      expect.stringMatching(/^calendar\.overrides: has "2026-10-10" more than once/),
    ]);
  });

  it('says of a connector which settings its kind has, and what is wrong with its kind', () => {
    expect(sentences(`${good}upstream: [{ id: one, kind: fax }]`)).toEqual([
      expect.stringMatching(/^upstream\[0\]\.kind: must be http, jetstream, file or webhook/),
    ]);
    expect(
      sentences(`${good}upstream: [{ id: one, kind: http, url: "http://h/x", appMark: m, folder: x }]`),
    ).toEqual([
      expect.stringMatching(/^upstream\[0\]\.folder: is not a setting .* known here are id, .*appMark/),
    ]);
    expect(sentences(`${good}upstream: { url: "http://h/x" }`)).toEqual([
      expect.stringMatching(/^upstream: must be a list/),
    ]);
    const one = '{ id: one, kind: http, url: "http://h/x", appMark: m, appWord: w }';
    expect(sentences(`${good}upstream: [${one}, ${one}]`)).toEqual([
      'upstream: has "one" more than once. Keep one of them or rename the other.',
    ]);
    expect(sentences(good, { PINGJIA_UPSTREAM_ONE_URL: 'http://h/x' })).toEqual([
      expect.stringMatching(/^PINGJIA_UPSTREAM_ONE_URL: .*no setting/),
    ]);
  });

  it('has no window and no key twice', () => {
    const twice = good.replace('[{ id: a01, label: A01 }]', '[{ id: a01, label: A }, { id: a01, label: B }]');
    expect(sentences(twice)).toEqual([
      'windows: has "a01" more than once. Keep one of them or rename the other.',
    ]);
  });
});
