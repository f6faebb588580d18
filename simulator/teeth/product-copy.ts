// A copy of the product's sources in a temporary folder, in which one fault at a time is planted and taken out again.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlantedFault } from './planted-faults.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['protocol', 'device', 'gateway', 'simulator', 'scripts', 'package.json', 'tsconfig.json'];
const BUILT = 'build/firmware/linux';

export interface ProductCopy {
  readonly folder: string;
  /** Returns what takes it out again. Throws when a text is not there exactly once. */
  plant(fault: PlantedFault): () => void;
  remove(): void;
}

export function copyProduct(): ProductCopy {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-teeth-'));
  for (const name of SOURCES) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  // The firmware as it was built last: it is built again only where a fault is planted in it.
  if (existsSync(join(ROOT, BUILT))) cpSync(join(ROOT, BUILT), join(folder, BUILT), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    plant(fault) {
      const before = new Map<string, string>();
      for (const [file, text] of plantedTexts(fault, folder)) {
        before.set(file, readFileSync(join(folder, file), 'utf8'));
        writeFileSync(join(folder, file), text);
      }
      return () => {
        for (const [file, text] of before) writeFileSync(join(folder, file), text);
      };
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** The changed files of the product at `folder`, by path. Throws when a text is not there exactly once. */
export function plantedTexts({ name, edits }: PlantedFault, folder = ROOT): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of edits) {
    const text = texts.get(file) ?? readFileSync(join(folder, file), 'utf8');
    const parts = text.split(find);
    if (parts.length !== 2)
      throw new Error(`"${name}": its text is ${parts.length - 1} times in ${file}, not once`);
    texts.set(file, parts.join(replace));
  }
  return texts;
}
