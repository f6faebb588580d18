// Builds everything a board's Storage needs: boot code, firmware, assets, and the manifest that names them.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { FirmwareImage } from '../../simulator/engine.ts';
import { drawAssets } from './assets/draw.ts';
import { packAssets } from './assets/pack.ts';
import { type Board, BUNDLE_LIMIT_BYTES, PART_LIMIT_BYTES, repositoryFolder } from './boards.ts';
import { inFunction } from './boot-only.ts';
import {
  BOOT_ENTRIES,
  type Bundle,
  bundleFirmware,
  bundleScript,
  firmwareEntry,
  partEntry,
} from './bundle.ts';
import { describeProblem } from './check/check.ts';

export interface Manifest {
  board: string;
  version: string;
  /** Of the firmware slot `pj-a.js`. */
  bytes: number;
  sha256: string;
  files: Record<string, { bytes: number; sha256: string }>;
}

export type BuildResult =
  | { ok: true; image: FirmwareImage; manifest: Manifest }
  | { ok: false; problems: string[] };

const STORAGE_HEADER_BYTES = 32;
const LARGEST_PAGE_BYTES = 4096;
export const SLOT = 'pj-a.js';
/** As `device/boards/interpreter.ts` finds it. */
export const partFile = (name: string): string => SLOT.replace('js', name);

/** For what the Linux board lacks: a radio and a voice module. Its Storage has hardly room for two slots. */
const NOT_ON_LINUX = ['setup', 'voice'];

/** Every module of device/parts/ that the board can use, but the list of their types. */
export const partNames = (board: Board): string[] =>
  readdirSync(`${repositoryFolder}device/parts`)
    .map((file) => file.replace(/\.ts$/, ''))
    .filter((name) => name !== 'parts' && !name.includes('.'))
    .filter((name) => board !== 'linux' || !NOT_ON_LINUX.includes(name))
    .sort();

export async function buildImage(board: Board): Promise<BuildResult> {
  const version = (JSON.parse(readFileSync(`${repositoryFolder}package.json`, 'utf8')) as { version: string })
    .version;
  const { firmware, parts } = await bundleFirmware({
    version,
    firmware: firmwareEntry(board),
    parts: Object.fromEntries(partNames(board).map((name) => [name, partEntry(name)])),
  });
  const boot = await bundleBoot(board, version);
  const found = [firmware, boot, ...Object.values(parts)].flatMap((bundle) => bundle.problems);
  const problems = found.map(describeProblem);
  const bytes = Buffer.byteLength(firmware.code);
  if (bytes > BUNDLE_LIMIT_BYTES) problems.push(`${SLOT} has ${bytes} bytes, over ${BUNDLE_LIMIT_BYTES}`);
  for (const [name, { code }] of Object.entries(parts))
    if (code.length > PART_LIMIT_BYTES)
      problems.push(`${partFile(name)} has ${code.length} bytes, over ${PART_LIMIT_BYTES}`);
  if (problems.length > 0) return { ok: false, problems };
  const files: Record<string, Uint8Array> = {
    '.bootcde': Buffer.from(boot.code),
    ...slotFiles(
      { board, version },
      {
        js: Buffer.from(firmware.code),
        ...Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, Buffer.from(part.code)])),
        assets: packAssets(drawAssets()),
      },
    ),
  };
  const sums = Object.fromEntries(
    Object.entries(files).map(([name, data]) => [name, { bytes: data.length, sha256: sha256(data) }]),
  );
  const manifest = { board, version, bytes, sha256: sums[SLOT]!.sha256, files: sums };
  return { ok: true, image: { board, version, files }, manifest };
}

/**
 * Ends where a page of Storage ends on every board. As long as it is the first file there and never replaced, no
 * compaction touches its page: whatever is destroyed behind it, the board still starts it.
 */
async function bundleBoot(board: Board, version: string): Promise<Bundle> {
  const lock = await bundleScript({ entry: BOOT_ENTRIES.lock, version });
  const { firmware: pick } = await bundleFirmware({ version, firmware: BOOT_ENTRIES.pick(board), parts: {} });
  const run = await bundleScript({ entry: BOOT_ENTRIES.run, version });
  const code = [inFunction(lock.code), inFunction(pick.code), run.code].join('\n');
  const pages = Math.ceil((code.length + STORAGE_HEADER_BYTES) / LARGEST_PAGE_BYTES);
  return {
    code: code.padEnd(pages * LARGEST_PAGE_BYTES - STORAGE_HEADER_BYTES),
    problems: [lock, pick, run].flatMap(({ problems }) => problems),
  };
}

/** The files of slot a with their manifest, as the contract describes it, first. `files` by their names in it. */
export function slotFiles(
  { board, version }: { board: string; version: string },
  files: Record<string, Uint8Array>,
): Record<string, Uint8Array> {
  const listed = Object.entries(files).map(([name, data]) => [name, data.length, sha256(data)]);
  const manifest = `${JSON.stringify({ version, board, files: listed })}\n`;
  return {
    [partFile('m')]: Buffer.from(manifest),
    ...Object.fromEntries(Object.entries(files).map(([name, data]) => [partFile(name), data])),
  };
}

/** The image with one file of its slot replaced or added, and with the manifest and version to match. */
export function withSlotFile(image: FirmwareImage, name: string, data: Uint8Array, version = image.version) {
  const { '.bootcde': boot, ...slot } = image.files;
  const named = Object.entries(slot).map(([file, old]) => [file.replace(partFile(''), ''), old] as const);
  const { m: _manifest, ...files } = { ...Object.fromEntries(named), [name]: data };
  return { ...image, version, files: { '.bootcde': boot!, ...slotFiles({ ...image, version }, files) } };
}

export const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
