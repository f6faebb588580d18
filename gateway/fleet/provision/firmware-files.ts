// The built firmware of a board as provisioning needs it: the folder that `npm run firmware` leaves, file by file as
// its manifest lists them, each held to its hash.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProvisionFailure } from './failures.ts';

export interface Firmware {
  board: string;
  version: string;
  files: [name: string, data: Buffer][];
}

const MANIFEST_FILE = 'manifest.json';
const BOOT_CODE = '.bootcde';
const LOCK = 'pj.lock';

/**
 * `chip` is what the interpreter calls its board. Where several boards have that chip, `wanted` chooses, or else
 * what the board's firmware says it is for.
 */
export function readFirmware(
  folder: string,
  { chip, wanted, present }: { chip: string; wanted: string | undefined; present?: string | undefined },
): Firmware {
  const built = existsSync(folder)
    ? readdirSync(folder).filter((name) => existsSync(join(folder, name, MANIFEST_FILE)))
    : [];
  const fitting = built.filter((name) => name.startsWith(chip.toLowerCase()));
  const board = wanted ?? (fitting.length === 1 ? fitting[0] : present);
  if (board === undefined || !fitting.includes(board))
    throw new ProvisionFailure(
      'board.unknown',
      `${chip}; there is firmware for ${(fitting.length > 0 ? fitting : built).join(', ') || 'none'}`,
    );
  const manifest = JSON.parse(readFileSync(join(folder, board, MANIFEST_FILE), 'utf8')) as {
    version: string;
    files: Record<string, { sha256: string }>;
  };
  const files = Object.entries(manifest.files).map(([name, { sha256 }]): [string, Buffer] => {
    const data = readFileSync(join(folder, board, name));
    if (createHash('sha256').update(data).digest('hex') !== sha256)
      throw new ProvisionFailure('board.unknown', `${name} is not as it was built`);
    return [name, data];
  });
  return { board, version: manifest.version, files };
}

/** In slot a, which provisioning writes, or in slot b, which updates over the air write too. */
export const isSlotFile = (name: string): boolean => /^pj-[ab]\./.test(name);

/**
 * `.bootcde` first: in an erased Storage it then has the first page for good, and it starts nothing that is not whole.
 * The manifest is the last of its slot, and the lock the last of all: until everything is there, the prompt is open.
 */
export function inWritingOrder(files: [string, Buffer][]): [string, Buffer][] {
  return files.toSorted(([left], [right]) => rankOf(left) - rankOf(right));
}

function rankOf(name: string): number {
  if (name === BOOT_CODE) return 0;
  if (name === LOCK) return 4;
  if (!isSlotFile(name)) return 3;
  return name.endsWith('.m') ? 2 : 1;
}
