// The releases a gateway was given, in its data folder: one file a version. Read anew, and verified anew, each time
// a version is asked for the first time in a run.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Release, readRelease } from './release.ts';

const fileOf = (dataFolder: string, version: string) => join(dataFolder, 'releases', `${version}.release`);

/** Puts a verified release in place, whole. */
export function keepRelease(dataFolder: string, version: string, text: string): void {
  mkdirSync(join(dataFolder, 'releases'), { recursive: true, mode: 0o750 });
  const path = fileOf(dataFolder, version);
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** Undefined when there is none of that version, or its signature does not match. */
export function openReleases(dataFolder: string, publicKey: string | undefined) {
  const read = new Map<string, Release>();
  return (version: string): Release | undefined => {
    const known = read.get(version);
    if (known || publicKey === undefined || !existsSync(fileOf(dataFolder, version))) return known;
    const result = readRelease(readFileSync(fileOf(dataFolder, version), 'utf8'), publicKey);
    if (!result.ok || result.release.version !== version) return undefined;
    read.set(version, result.release);
    return result.release;
  };
}
