// Builds everything a board's Storage needs: boot code, firmware, assets, and the manifest that names them.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { FirmwareImage } from '../../simulator/engine.ts';
import { drawAssets } from './assets/draw.ts';
import { packAssets } from './assets/pack.ts';
import { type Board, BUNDLE_LIMIT_BYTES, PART_LIMIT_BYTES, repositoryFolder } from './boards.ts';
import { bootEntry, bundleFirmware, bundleScript, firmwareEntry, partEntry } from './bundle.ts';
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

export const SLOT = 'pj-a.js';
/** As `device/boards/interpreter.ts` finds it. */
export const partFile = (name: string): string => SLOT.replace('js', name);

/** Every module of device/parts/ but the list of their types. */
export const partNames = (): string[] =>
  readdirSync(`${repositoryFolder}device/parts`)
    .map((file) => file.replace(/\.ts$/, ''))
    .filter((name) => name !== 'parts' && !name.includes('.'))
    .sort();

export async function buildImage(board: Board): Promise<BuildResult> {
  const version = (JSON.parse(readFileSync(`${repositoryFolder}package.json`, 'utf8')) as { version: string })
    .version;
  const { firmware, parts } = await bundleFirmware({
    version,
    firmware: firmwareEntry(board),
    parts: Object.fromEntries(partNames().map((name) => [name, partEntry(name)])),
  });
  const boot = await bundleScript({ entry: bootEntry, version });
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
    [SLOT]: Buffer.from(firmware.code),
    ...Object.fromEntries(
      Object.entries(parts).map(([name, part]) => [partFile(name), Buffer.from(part.code)]),
    ),
    'pj.assets': packAssets(drawAssets()),
  };
  const sums = Object.fromEntries(
    Object.entries(files).map(([name, data]) => [name, { bytes: data.length, sha256: sha256(data) }]),
  );
  const manifest = { board, version, bytes, sha256: sums[SLOT]!.sha256, files: sums };
  return { ok: true, image: { board, version, files }, manifest };
}

export const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
