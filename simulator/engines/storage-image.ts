// Espruino's on-flash file system, read and written as bytes: headers of 32 bytes (length with flags in the top
// byte, name of 28), data rounded up to 4, one after another from the chip's start; a name whose first four bytes
// are zero is erased. Pure. Measured on 2v29; a test lets the real interpreter read what is written here.

const HEADER_BYTES = 32;
const NAME_BYTES = 28;
const FLAGS_SHIFT = 24;
const LENGTH_MASK = 0xffffff;

export interface StoredFile {
  name: string;
  flags: number;
  data: Uint8Array;
}

/** The files that are not erased. Ends at the first place that holds no header, as the interpreter does. */
export function readStorage(area: Uint8Array, pageBytes: number): StoredFile[] {
  const view = Buffer.from(area.buffer, area.byteOffset, area.byteLength);
  const files: StoredFile[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= area.length) {
    const word = view.readUInt32LE(at);
    const length = word & LENGTH_MASK;
    const blank = word === 0xffffffff || word === 0 || at + HEADER_BYTES + length > area.length;
    if (blank) {
      // A file that did not fit into a page's rest was put at the next page's start.
      const nextPage = at - (at % pageBytes) + pageBytes;
      if (at % pageBytes === 0 || nextPage + HEADER_BYTES > area.length) break;
      at = nextPage;
      continue;
    }
    if (view.readUInt32LE(at + 4) !== 0) {
      const name = view.toString('latin1', at + 4, at + HEADER_BYTES).replace(/\0+$/, '');
      const data = area.slice(at + HEADER_BYTES, at + HEADER_BYTES + length);
      files.push({ name, flags: word >>> FLAGS_SHIFT, data });
    }
    at += HEADER_BYTES + ((length + 3) & ~3);
  }
  return files;
}

/** Bytes of a whole Storage area of `areaBytes`. Throws when the files do not fit. */
export function writeStorage(files: StoredFile[], areaBytes: number): Uint8Array {
  const area = Buffer.alloc(areaBytes, 0xff);
  let at = 0;
  for (const file of files) {
    const name = Buffer.from(file.name, 'latin1');
    if (name.length === 0 || name.length > NAME_BYTES) throw new Error(`Storage name too long: ${file.name}`);
    const end = at + HEADER_BYTES + ((file.data.length + 3) & ~3);
    // A last header's room stays free: the interpreter looks there for the next file.
    if (end + HEADER_BYTES > areaBytes)
      throw new Error(`Storage is full at ${file.name}: ${areaBytes} bytes.`);
    area.writeUInt32LE((file.data.length | (file.flags << FLAGS_SHIFT)) >>> 0, at);
    area.fill(0, at + 4, at + HEADER_BYTES);
    name.copy(area, at + 4);
    area.set(file.data, at + HEADER_BYTES);
    at = end;
  }
  return area;
}
