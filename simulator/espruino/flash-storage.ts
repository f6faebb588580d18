// The interpreter's Storage upon a NOR flash, write by write and erase by erase in its order, so that power can be
// cut inside any of them: files one after another behind headers of 32 bytes (length, name of 28), an erased name is
// zeros, compaction moves files through a buffer of a page and a header. At the first start it erases a Storage that
// ends in anything but blank flash. Read in its sources (2v29); not yet compared
// with the real one's flash file.
import { binaryString, toBytes } from './bytes.ts';

const HEADER_BYTES = 32;
const NAME_BYTES = 28;
const LENGTH_MASK = 0xffffff;

export interface StorageFlash {
  pageBytes: number;
  read(address: number, length: number): Uint8Array;
  write(address: number, data: Uint8Array): void;
  erasePage(address: number): void;
}

interface Header {
  at: number;
  bytes: number;
  /** Of the first four bytes of the name. */
  erased: boolean;
  name: string;
}

export interface FlashStorage {
  read(name: string, offset?: number, length?: number): string | undefined;
  write(name: string, data: string, offset?: number, size?: number): boolean;
  erase(name: string): void;
  list(pattern?: RegExp): string[];
  getStats(): { freeBytes: number; trashBytes: number };
  compact(): void;
  /** What the interpreter does at its first start. True when it erased everything. */
  checkAtStart(): boolean;
}

const aligned = (bytes: number) => (bytes + 3) & ~3;
const isBlank = (bytes: Uint8Array) => bytes.every((byte) => byte === 0xff);

export function createFlashStorage(
  flash: StorageFlash,
  area: { address: number; bytes: number },
): FlashStorage {
  const start = area.address;
  const end = start + area.bytes;
  const nextPage = (at: number) => at - ((at - start) % flash.pageBytes) + flash.pageBytes;

  const headerAt = (at: number): Header | undefined => {
    if (at + HEADER_BYTES > end) return undefined;
    const raw = Buffer.from(flash.read(at, HEADER_BYTES));
    const size = raw.readUInt32LE(0);
    const bytes = size & LENGTH_MASK;
    if (size === 0xffffffff || size === 0 || at + HEADER_BYTES + bytes > end) return undefined;
    const name = raw.toString('latin1', 4).replace(/\0.*$/s, '');
    return { at, bytes, erased: raw.readUInt32LE(4) === 0, name };
  };

  /** All headers, and where the chain ended. */
  const walk = (): { headers: Header[]; endsAt: number } => {
    const headers: Header[] = [];
    let at = start;
    for (let header = headerAt(at); header; ) {
      headers.push(header);
      at = header.at + HEADER_BYTES + aligned(header.bytes);
      if (at + HEADER_BYTES > end) break;
      header = headerAt(at);
      if (!header && nextPage(at) < end) {
        header = headerAt(nextPage(at));
        if (header) at = nextPage(at);
      }
    }
    return { headers, endsAt: at };
  };

  const find = (name: string) =>
    walk().headers.find((header) => !header.erased && header.name === name.slice(0, NAME_BYTES));

  const stats = () => {
    const { headers, endsAt } = walk();
    const sum = (list: Header[]) =>
      list.reduce((bytes, header) => bytes + HEADER_BYTES + aligned(header.bytes), 0);
    return {
      freeBytes: end - endsAt,
      trashBytes: sum(headers.filter(({ erased }) => erased)),
      fileBytes: sum(headers.filter(({ erased }) => !erased)),
    };
  };

  const create = (name: string, bytes: number): number => {
    const needed = HEADER_BYTES + aligned(bytes);
    if (stats().freeBytes < needed) {
      const { freeBytes, trashBytes } = stats();
      // The interpreter compacts here by itself: what the firmware must never bring it to.
      if (needed < freeBytes + trashBytes) compact();
      if (stats().freeBytes < needed) throw new Error('Unable to find or create file');
    }
    const at = walk().endsAt;
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(bytes, 0);
    header.write(name.slice(0, NAME_BYTES), 4, 'latin1');
    flash.write(at, header);
    return at + HEADER_BYTES;
  };

  const eraseHeader = (header: Header) => flash.write(header.at + 4, new Uint8Array(4));

  const write = (name: string, text: string, offset = 0, size = 0): boolean => {
    const data = toBytes(text);
    const bytes = size || data.length;
    let header = find(name);
    let at = header && header.at + HEADER_BYTES;
    let room = header?.bytes ?? bytes;
    if (offset === 0 && (!header || bytes !== header.bytes || !isBlank(flash.read(at!, header.bytes)))) {
      if (header) eraseHeader(header);
      at = create(name, bytes);
      room = bytes;
      header = undefined;
    }
    if (at === undefined) throw new Error('Unable to find or create file');
    if (offset + data.length > room) throw new Error('Too much data for file size');
    if (!isBlank(flash.read(at + offset, data.length)))
      throw new Error('File already written with different data');
    flash.write(at + offset, data);
    return true;
  };

  /** From the last page that begins with a header before the first erased file. */
  function compact(): void {
    const { headers, endsAt } = walk();
    const firstErased = headers.findIndex(({ erased }) => erased);
    if (firstErased < 0) return;
    const onPage = headers.slice(0, firstErased + 1).filter(({ at }) => (at - start) % flash.pageBytes === 0);
    const from = onPage.at(-1)!.at;
    const limit = Math.min(stats().fileBytes, flash.pageBytes + HEADER_BYTES);
    let writeAt = from;
    let buffer: Uint8Array = new Uint8Array(0);
    const flush = (readAt: number) => {
      while (buffer.length > 0) {
        const page = nextPage(writeAt);
        if (readAt < page) return;
        if ((writeAt - start) % flash.pageBytes === 0) flash.erasePage(writeAt);
        const piece = buffer.subarray(0, page - writeAt);
        flash.write(writeAt, piece);
        writeAt += piece.length;
        buffer = buffer.subarray(piece.length);
      }
    };
    for (const header of headers.filter(({ at, erased }) => at >= from && !erased)) {
      let readAt = header.at;
      const fileEnd = header.at + HEADER_BYTES + aligned(header.bytes);
      while (readAt < fileEnd) {
        const piece = flash.read(readAt, Math.min(limit - buffer.length, fileEnd - readAt));
        if (piece.length === 0) throw new Error('compaction has no room');
        buffer = Buffer.concat([buffer, piece]);
        readAt += piece.length;
        flush(readAt);
      }
    }
    flush(end);
    const blankFrom = (writeAt - start) % flash.pageBytes === 0 ? writeAt : nextPage(writeAt);
    for (let page = blankFrom; page < Math.min(end, nextPage(endsAt)); page += flash.pageBytes)
      flash.erasePage(page);
  }

  return {
    read(name, offset = 0, length = 0) {
      const header = find(name);
      if (!header) return undefined;
      const from = Math.min(Math.max(0, offset), header.bytes);
      const count = length > 0 ? Math.min(length, header.bytes - from) : header.bytes - from;
      return binaryString(flash.read(header.at + HEADER_BYTES + from, count));
    },
    write,
    erase(name) {
      const header = find(name);
      if (header) eraseHeader(header);
    },
    list: (pattern) => [
      ...new Set(
        walk()
          .headers.filter(({ erased, name }) => !erased && (!pattern || pattern.test(name)))
          .map(({ name }) => name),
      ),
    ],
    getStats: stats,
    compact,
    checkAtStart() {
      const { endsAt } = walk();
      const rest = end - endsAt;
      // A Storage without any file is looked through to its end.
      const looked = endsAt === start ? rest : Math.min(HEADER_BYTES, rest);
      if (rest < HEADER_BYTES || isBlank(flash.read(endsAt, looked))) return false;
      for (let page = start; page < end; page += flash.pageBytes) flash.erasePage(page);
      return true;
    },
  };
}
