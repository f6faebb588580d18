// require("Storage") over the world's StorageFiles. Free room is counted as the interpreter's file system would
// (a 32-byte header, data rounded up to 4), but erased files free their room at once: there is no trash here.

import { binaryString, toBytes } from './bytes.ts';
import { crc32 } from './crc32.ts';
import type { Host } from './host.ts';

export const NAME_LIMIT_BYTES = 28;
export const HEADER_BYTES = 32;

/** The part that the prompt's packets use; programs see the rest too. */
export interface StorageModule {
  write(name: unknown, data: unknown, offset?: number, size?: number): boolean;
  read(name: unknown, offset?: number, length?: number): string | undefined;
}

export function createStorage(host: Host): StorageModule {
  const { realm, geometry } = host;
  const files = host.ports.files;
  const capacity = geometry.storageBytes;
  const nameOf = (name: unknown) => String(name).slice(0, NAME_LIMIT_BYTES);
  const roomFor = (size: number) => HEADER_BYTES + ((size + 3) & ~3);
  const usedBytes = () =>
    files.names().reduce((sum, name) => sum + roomFor(files.read(name)?.length ?? 0), 0);
  // The Linux build counts raw flash as Storage's; only writing is bounded here, where there it destroys.
  const totalBytes = geometry.board === 'LINUX' ? geometry.flashBytes : capacity;
  const freeBytes = () => totalBytes - usedBytes();

  const create = (name: string, size: number): Uint8Array => {
    const existing = files.read(name);
    const others = usedBytes() - (existing ? roomFor(existing.length) : 0);
    if (others + roomFor(size) + HEADER_BYTES > capacity) throw realm.error('Unable to find or create file');
    return new Uint8Array(size).fill(0xff);
  };

  const write = (name: unknown, data: unknown, offset = 0, size = 0): boolean => {
    if (offset < 0 || size < 0) return false;
    const json = isPlainObject(data);
    const bytes = json ? toBytes(JSON.stringify(data)) : toBytes(data);
    const from = json ? 0 : offset;
    if (bytes.length === 0 && (json || size === 0)) throw realm.error("Can't create zero length file");
    const existing = files.read(nameOf(name));
    if (!existing && from > 0) throw realm.error('Unable to find or create file');
    const content = from > 0 ? existing!.slice() : create(nameOf(name), (json ? 0 : size) || bytes.length);
    if (from + bytes.length > content.length) throw realm.error('Too much data for file size');
    const there = content.subarray(from, from + bytes.length);
    if (there.some((byte) => byte !== 0xff)) throw realm.error('File already written with different data');
    there.set(bytes);
    files.write(nameOf(name), content);
    return true;
  };

  const read = (name: unknown, offset = 0, length = 0): string | undefined => {
    const bytes = files.read(nameOf(name));
    if (!bytes) return undefined;
    const from = Math.min(Math.max(0, offset), bytes.length);
    return binaryString(
      bytes.subarray(from, length > 0 ? Math.min(bytes.length, from + length) : bytes.length),
    );
  };

  const list = (pattern?: { test(name: string): boolean }) =>
    realm.array(files.names().filter((name) => !pattern || pattern.test(name)));

  const module = {
    read,
    write,
    erase: (name: unknown) => files.erase(nameOf(name)),
    eraseAll: () => {
      for (const name of files.names()) files.erase(name);
    },
    readArrayBuffer: (name: unknown) => {
      const bytes = files.read(nameOf(name));
      return bytes && realm.arrayBuffer(bytes);
    },
    readJSON: (name: unknown, noExceptions?: boolean) => {
      const text = read(name);
      if (text === undefined) return undefined;
      try {
        return realm.run(`(${text})`, nameOf(name));
      } catch (error) {
        if (noExceptions) return undefined;
        throw error;
      }
    },
    writeJSON: (name: unknown, data: unknown) => write(name, JSON.stringify(data)),
    list,
    hash: (pattern?: { test(name: string): boolean }) =>
      crc32(toBytes(list(pattern).map((name) => `${name}\0${files.read(name)?.length}`))),
    compact: () => undefined,
    getFree: () => freeBytes(),
    getStats: () => {
      const fileBytes = usedBytes();
      const counts = { fileCount: files.names().length, trashBytes: 0, trashCount: 0 };
      return realm.object({ totalBytes, freeBytes: freeBytes(), fileBytes, ...counts });
    },
  };
  return module;
}

function isPlainObject(data: unknown): boolean {
  return (
    typeof data === 'object' && data !== null && Object.prototype.toString.call(data) === '[object Object]'
  );
}
