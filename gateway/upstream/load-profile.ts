// Reads a profile by its name, one of those beside this file, or by the path of a YAML file. Gives the profile or
// every mistake in it.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import type { ConfigProblem } from '../config/problems.ts';
import { Profile } from './profile.ts';

const FOLDER = new URL('./profiles/', import.meta.url);

export type LoadedProfile = { ok: true; profile: Profile } | { ok: false; problems: ConfigProblem[] };

export function builtInProfiles(): string[] {
  return readdirSync(FOLDER)
    .map((file) => /^([a-z0-9-]+)\.yaml$/.exec(file)?.[1])
    .filter((name): name is string => name !== undefined)
    .sort();
}

/** `folder` is that of the configuration, `at` where it names the profile. */
export function loadProfile(name: string, { folder, at }: { folder: string; at: string }): LoadedProfile {
  const isFile = /\.ya?ml$/.test(name);
  if (!isFile && !builtInProfiles().includes(name)) {
    const message = 'is no profile';
    const remedy = `Give one of ${builtInProfiles().join(', ')}, or the path of a .yaml file like gateway/upstream/profiles/national.yaml`;
    return { ok: false, problems: [{ at, message, remedy }] };
  }
  const file = isFile ? resolve(folder, name) : new URL(`${name}.yaml`, FOLDER);
  let value: unknown;
  try {
    value = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const message = `${name} cannot be read (${(error as Error).message.split('\n')[0]})`;
    return { ok: false, problems: [{ at, message, remedy: 'Correct the path, or the file' }] };
  }
  const parsed = Profile.safeParse(value);
  if (parsed.success) return { ok: true, profile: parsed.data };
  const problems = parsed.error.issues.flatMap((issue) => {
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
    return names.map((unknown) => ({
      at: [at, name, [...issue.path, ...(unknown === undefined ? [] : [unknown])].join('.')].join(' → '),
      message: unknown === undefined ? issue.message : 'is not a setting of a profile',
      remedy: 'Compare it with gateway/upstream/profiles/national.yaml',
    }));
  });
  return { ok: false, problems };
}
