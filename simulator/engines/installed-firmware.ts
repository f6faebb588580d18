// Which firmware was put into a device's folder, so that the same image is not put there again over what the
// device has changed since (an update over the air writes Storage too).

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineOptions } from '../engine.ts';

const MARK = 'installed-firmware.json';
const BOOT_CODE = '.bootcde';

/**
 * The files to install, `.bootcde` first: it starts nothing that is not whole, and at the beginning of Storage no
 * compaction touches it.
 */
export function filesOf(options: EngineOptions): [string, Uint8Array][] {
  const files = Object.entries({ ...options.firmware.files, ...options.extraFiles });
  return files.sort(([left], [right]) => Number(right === BOOT_CODE) - Number(left === BOOT_CODE));
}

/** What an installation over the serial line does away with: what an update brought must not start instead. */
export const isReplaced = (name: string): boolean => name.startsWith('pj-b.');

/** Runs `install` when these files are not the ones installed last. */
export function installOnce(options: EngineOptions, install: (files: [string, Uint8Array][]) => void): void {
  const files = filesOf(options);
  const mark = JSON.stringify({ version: options.firmware.version, sha256: digest(files) });
  const path = join(options.folder, MARK);
  if (existsSync(path) && readFileSync(path, 'utf8') === mark) return;
  install(files);
  writeFileSync(`${path}.new`, mark);
  renameSync(`${path}.new`, path);
}

function digest(files: [string, Uint8Array][]): string {
  const hash = createHash('sha256');
  for (const [name, bytes] of files) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return hash.digest('hex');
}
