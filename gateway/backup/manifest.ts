// What lies beside a backup's database file: enough to know it again, authenticated with the hall's chain key, so
// that a file that was changed or belongs to another hall is not restored.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export const MANIFEST_FILE = 'manifest.json';

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const whole = z.int().min(0);
const Content = z.strictObject({
  format: z.literal('pingjia-backup-1'),
  hall: z.string(),
  /** Of the program that made it. */
  version: z.string(),
  madeAt: z.iso.datetime(),
  schema: whole,
  epoch: whole,
  /** The newest fact in it; 0 and zeros when there is none. */
  lastFact: z.strictObject({ id: whole, chain: hex64 }),
  evaluators: whole,
  evaluations: whole,
  bytes: whole,
  sha256: hex64,
});
const Manifest = Content.extend({ mac: hex64 });

export type ManifestContent = z.output<typeof Content>;
export type Manifest = z.output<typeof Manifest>;

export function sealManifest(content: ManifestContent, chainKey: Uint8Array): Manifest {
  return { ...content, mac: macOf(content, chainKey) };
}

/** The manifest, or one sentence on what is wrong with it. */
export function readManifest(folder: string, chainKey: Uint8Array): Manifest | string {
  const file = join(folder, MANIFEST_FILE);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return `${file} cannot be read (${(error as Error).message})`;
  }
  const parsed = Manifest.safeParse(value);
  if (!parsed.success) return `${file} is no manifest of a backup that this version knows`;
  const { mac, ...content } = parsed.data;
  const right = timingSafeEqual(Buffer.from(mac, 'hex'), Buffer.from(macOf(content, chainKey), 'hex'));
  return right
    ? parsed.data
    : `${file} was changed, or the backup was made under another master key than the one configured`;
}

export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function macOf(content: ManifestContent, chainKey: Uint8Array): string {
  const fields = Object.entries(content).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHmac('sha256', chainKey)
    .update('pingjia-backup\n')
    .update(JSON.stringify(fields))
    .digest('hex');
}
