// The built firmware of a board for engines and tests: reads build/firmware/<board>/, and builds it first where it
// is missing or older than its sources.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FirmwareImage } from '../../simulator/engine.ts';
import { type Board, firmwareFolder, repositoryFolder } from './boards.ts';
import { buildImage, type Manifest } from './image.ts';

/** Whatever the image is made from. */
const SOURCES = ['device', 'scripts/firmware', 'protocol/constants.ts', 'gateway/screens', 'package.json'];

interface StoredManifest extends Manifest {
  /** Hash over the sources it was built from. */
  sources: string;
}

export async function loadFirmwareImage(board: Board): Promise<FirmwareImage> {
  const stored = readStored(board);
  if (stored) return stored;
  const result = await buildImage(board);
  if (!result.ok) throw new Error(`the firmware does not build:\n${result.problems.join('\n')}`);
  storeImage(result.image, result.manifest);
  return result.image;
}

/** Each file is put in place whole, the manifest last: another process may be reading. */
export function storeImage(image: FirmwareImage, manifest: Manifest): void {
  const folder = firmwareFolder(manifest.board as Board);
  mkdirSync(folder, { recursive: true });
  const put = (name: string, data: Uint8Array | string) => {
    const temporary = `${folder}${name}.${process.pid}.new`;
    writeFileSync(temporary, data);
    renameSync(temporary, `${folder}${name}`);
  };
  for (const [name, data] of Object.entries(image.files)) put(name, data);
  const stored: StoredManifest = { ...manifest, sources: hashSources() };
  put('manifest.json', `${JSON.stringify(stored, null, 2)}\n`);
}

function readStored(board: Board): FirmwareImage | undefined {
  const folder = firmwareFolder(board);
  let manifest: StoredManifest;
  try {
    manifest = JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as StoredManifest;
    if (manifest.sources !== hashSources()) return undefined;
    const files: Record<string, Uint8Array> = {};
    for (const [name, { sha256 }] of Object.entries(manifest.files)) {
      const data = readFileSync(`${folder}${name}`);
      if (createHash('sha256').update(data).digest('hex') !== sha256) return undefined;
      files[name] = data;
    }
    return { board, version: manifest.version, files };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function hashSources(): string {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap((source) => listFiles(`${repositoryFolder}${source}`)))
    if (!path.endsWith('.test.ts'))
      hash
        .update(`${path.slice(repositoryFolder.length)}\0`)
        .update(readFileSync(path))
        .update('\0');
  return hash.digest('hex');
}

function listFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? dirname(path)}/${entry.name}`)
    .sort();
}
