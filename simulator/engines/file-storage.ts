// Storage's files as files of a folder. A write is seen whole or not at all, which is kinder than Espruino's own
// file system: tests of torn Storage belong to the real interpreter or the virtual world.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StorageFiles } from '../ports.ts';

const UNFINISHED = '~';

export function openFileStorage(folder: string): StorageFiles {
  mkdirSync(folder, { recursive: true });
  const files = new Map<string, Uint8Array>();
  for (const entry of readdirSync(folder).sort()) {
    if (entry.endsWith(UNFINISHED)) rmSync(join(folder, entry));
    else files.set(nameOf(entry), readFileSync(join(folder, entry)));
  }
  return {
    read: (name) => files.get(name),
    write(name, data) {
      const path = join(folder, entryOf(name));
      writeFileSync(path + UNFINISHED, data);
      renameSync(path + UNFINISHED, path);
      files.delete(name);
      files.set(name, Uint8Array.from(data));
    },
    erase(name) {
      files.delete(name);
      const path = join(folder, entryOf(name));
      if (existsSync(path)) rmSync(path);
    },
    names: () => [...files.keys()],
  };
}

/** Hexadecimal keeps every name legal and distinct; the readable form is added for people. */
function entryOf(name: string): string {
  const readable = name.replace(/[^\w.-]/g, '_');
  return `${Buffer.from(name, 'latin1').toString('hex')}-${readable}`;
}

function nameOf(entry: string): string {
  return Buffer.from(entry.split('-', 1)[0]!, 'hex').toString('latin1');
}
