// Builds everything a board's Storage needs: boot code, firmware, assets, and the manifest that names them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FirmwareImage } from '../../simulator/engine.ts';
import { drawAssets } from './assets/draw.ts';
import { packAssets } from './assets/pack.ts';
import { type Board, BUNDLE_LIMIT_BYTES, repositoryFolder } from './boards.ts';
import { bootEntry, bundleScript, firmwareEntry } from './bundle.ts';
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

export async function buildImage(board: Board): Promise<BuildResult> {
  const version = (JSON.parse(readFileSync(`${repositoryFolder}package.json`, 'utf8')) as { version: string })
    .version;
  const firmware = await bundleScript({ entry: firmwareEntry(board), version });
  const boot = await bundleScript({ entry: bootEntry, version, keepsNames: true });
  const problems = [...firmware.problems, ...boot.problems].map(describeProblem);
  const bytes = Buffer.byteLength(firmware.code);
  if (bytes > BUNDLE_LIMIT_BYTES) problems.push(`${SLOT} has ${bytes} bytes, over ${BUNDLE_LIMIT_BYTES}`);
  if (problems.length > 0) return { ok: false, problems };
  const files: Record<string, Uint8Array> = {
    '.bootcde': Buffer.from(boot.code),
    [SLOT]: Buffer.from(firmware.code),
    'pj.assets': packAssets(drawAssets()),
  };
  const sums = Object.fromEntries(
    Object.entries(files).map(([name, data]) => [name, { bytes: data.length, sha256: sha256(data) }]),
  );
  const manifest = { board, version, bytes, sha256: sums[SLOT]!.sha256, files: sums };
  return { ok: true, image: { board, version, files }, manifest };
}

export const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
