// Reads what `npm run firmware` left in its folder, one folder a board, and packs each slot into the image that a
// device is sent: manifest line, then the files in its order. Throws PackFailure with a sentence for a person.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SLOT = 'pj-a.';

export class PackFailure extends Error {}

export function packImages(folder: string): { version: string; images: { board: string; data: Buffer }[] } {
  const boards = existsSync(folder)
    ? readdirSync(folder).filter((board) => existsSync(join(folder, board, `${SLOT}m`)))
    : [];
  if (boards.length === 0) throw new PackFailure(`${folder} holds no firmware. Run npm run firmware first.`);
  const packed = boards.sort().map((board) => {
    const line = readFileSync(join(folder, board, `${SLOT}m`));
    const manifest = JSON.parse(line.toString('latin1')) as { version: string; files: [string, number][] };
    const files = manifest.files.map(([name]) => readFileSync(join(folder, board, SLOT + name)));
    return { board, version: manifest.version, data: Buffer.concat([line, ...files]) };
  });
  const version = packed[0]!.version;
  const other = packed.find((image) => image.version !== version);
  if (other)
    throw new PackFailure(`${other.board} has version ${other.version}, ${packed[0]!.board} has ${version}.`);
  return { version, images: packed };
}
