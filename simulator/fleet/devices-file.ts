// A file of evaluators for load on a gateway that runs elsewhere: one line each, as `pingjia device register` prints them.
// Beside it stays how far each has come, because a sequence must never come twice with another signature.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { DeviceIdentity } from '../../gateway/fleet/registry.ts';

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const id = z.string().regex(/^[a-z0-9-]{1,32}$/);
const Identity = z.object({
  hall: id,
  device: id,
  handle: hex(16),
  key: hex(64),
  gen: z.number().int().min(1).max(255),
});
const Progress = z.object({ boot: z.number().int().min(0), next: z.record(id, z.number().int().min(1)) });

export interface FleetProgress {
  boot: number;
  /** Next sequence by device. */
  next: Record<string, number>;
}

export function readDevicesFile(file: string): DeviceIdentity[] | { problem: string } {
  if (!existsSync(file)) return { problem: `${file} is not there.` };
  const identities: DeviceIdentity[] = [];
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    if (line.trim() === '') continue;
    const found = /^(?:provision\()?(\{.*\})\)?$/.exec(line.trim())?.[1];
    const parsed = found === undefined ? undefined : Identity.safeParse(parse(found));
    if (!parsed?.success)
      return {
        problem: `Line ${index + 1} of ${file} is no evaluator as \`pingjia device register\` prints it.`,
      };
    identities.push(parsed.data);
  }
  return identities;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const progressFile = (file: string) => `${file}.progress.json`;

export function readProgress(file: string): FleetProgress {
  const path = progressFile(file);
  return existsSync(path) ? Progress.parse(JSON.parse(readFileSync(path, 'utf8'))) : { boot: 0, next: {} };
}

export function writeProgress(file: string, progress: FleetProgress): void {
  const path = progressFile(file);
  writeFileSync(`${path}.new`, JSON.stringify(progress));
  renameSync(`${path}.new`, path);
}
