// Storage's files in memory.
import type { StorageFiles } from '../ports.ts';

export function createMemoryFiles(files: Record<string, Uint8Array> = {}): StorageFiles {
  const kept = new Map(Object.entries(files));
  return {
    read: (name) => kept.get(name),
    write: (name, data) => void kept.set(name, Uint8Array.from(data)),
    erase: (name) => void kept.delete(name),
    names: () => [...kept.keys()],
  };
}
