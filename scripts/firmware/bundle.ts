// Source to script: bundles and minifies with nothing added that the interpreter lacks, then checks the output.
import type { SourceMapPayload } from 'node:module';
import { build } from 'esbuild';
import { repositoryFolder } from './boards.ts';
import { deleteBootOnlyNames } from './boot-only.ts';
import { checkScript, type Problem } from './check/check.ts';
import { MISSING_METHODS } from './check/interpreter.ts';
import { inlineConstants } from './inline-constants.ts';
import { findOwnNames } from './own-names.ts';
import { callInPlace } from './shrink/call-in-place.ts';
import { flatten } from './shrink/flatten.ts';
import { oneDeclarationEach } from './shrink/one-declaration-each.ts';
import { makeNamesUnique } from './shrink/unique-names.ts';
import { withoutBlockScopes } from './shrink/without-block-scopes.ts';

/** Syntax esbuild would add when it minifies, or keep: it is lowered instead. What cannot be is refused later. */
const LOWERED = { 'optional-chain': false, 'logical-assignment': false, 'exponent-operator': false };

const OUTPUT = {
  format: 'esm',
  platform: 'neutral',
  target: 'esnext',
  supported: LOWERED,
  legalComments: 'none',
  charset: 'ascii',
  logLevel: 'silent',
} as const;

export interface Bundle {
  code: string;
  problems: Problem[];
}

export interface BundleOptions {
  /** Source text, resolved from device/. */
  entry: string;
  version: string;
}

interface Names {
  /** Properties that may be shortened. */
  own: string[];
  /** What became of properties in the scripts before; `false`: stays, and no other may be called so. */
  cache: Record<string, string | false>;
  /** This is its last form: no space, and what the minifier thinks of. */
  minifies?: boolean;
}

const KEEPS_NAMES: Names = { own: [], cache: {} };

/** One script with all its names as they are: the boot code and the firmware share the global scope. */
export async function bundleScript(options: BundleOptions): Promise<Bundle> {
  const { code, sourceMap } = await run(options, { ...KEEPS_NAMES, minifies: true });
  return { code, problems: checkScript({ code, sourceMap, file: 'bundle.js' }) };
}

/**
 * The firmware and its parts, in that order. They hand objects to each other, so that a property has the same short
 * name in all of them. No function around the firmware: every scope costs each closure inside it memory on the
 * interpreter.
 */
export async function bundleFirmware(options: {
  version: string;
  firmware: string;
  parts: Record<string, string>;
}): Promise<{ firmware: Bundle; parts: Record<string, Bundle> }> {
  const entries = [options.firmware, ...Object.values(options.parts)];
  const plain: string[] = [];
  for (const entry of entries) plain.push((await run({ entry, version: options.version }, KEEPS_NAMES)).code);
  const { own, kept } = findOwnNames(plain);
  // No shortened name may be one of these: the check would take it for a missing method, or it is another's.
  const taken = [...MISSING_METHODS, ...kept].map((name) => [name, false as const]);
  const names: Names = { own, cache: Object.fromEntries(taken) };
  const bundles: Bundle[] = [];
  for (const [index, entry] of entries.entries()) {
    const mapped = await run({ entry, version: options.version }, names);
    Object.assign(names.cache, mapped.cache);
    bundles.push(await finish(mapped, { isPart: index > 0 }));
  }
  const parts = Object.keys(options.parts).map((name, index) => [name, bundles[index + 1]!]);
  return { firmware: bundles[0]!, parts: Object.fromEntries(parts) as Record<string, Bundle> };
}

/** Makes it small; by then the source map is lost, so that it is checked before and after. */
async function finish(
  mapped: { code: string; sourceMap: SourceMapPayload },
  { isPart }: { isPart: boolean },
): Promise<Bundle> {
  const problems = checkScript({ ...mapped, file: 'bundle.js' });
  if (problems.length > 0) return { code: mapped.code, problems };
  const unique = makeNamesUnique(mapped.code);
  const moved = callInPlace(isPart ? unique : flatten(oneDeclarationEach(unique)));
  const inlined = inlineConstants(withoutBlockScopes(await shorten(moved)));
  const code = isPart ? inlined : withShortUndefined(deleteBootOnlyNames(inlined));
  return { code, problems: checkScript({ code, file: 'bundle.js' }) };
}

/** A hundred variables have it as their first value: two characters instead of six. */
const withShortUndefined = (code: string): string =>
  /\b__\b/.test(code) ? code : `var __=void 0;${code.replaceAll(/\bvoid 0\b/g, '__')}`;

const PART_END = /\breturn ([\w$]+);$/;

async function shorten(code: string): Promise<string> {
  const result = await build({
    stdin: {
      contents: code.replace(PART_END, 'export{$1 as default};').replaceAll(/\brequire\(/g, 'library('),
      loader: 'js',
    },
    write: false,
    bundle: true,
    minify: true,
    ...OUTPUT,
  });
  return asScript(result.outputFiles[0]!.text);
}

/** Words of equal length, and what is longer at the end only, so that a source map stays true. */
const asScript = (code: string): string =>
  code
    .trimEnd()
    .replaceAll(/\blibrary\(/g, 'require(')
    // The default export of a part is what evaluating it as the body of a function gives.
    .replace(/\bexport\s*\{\s*([\w$]+) as default\s*\};?$/, 'return $1;');

async function run(options: BundleOptions, names: Names) {
  const result = await build({
    stdin: {
      contents: options.entry,
      resolveDir: `${repositoryFolder}device`,
      sourcefile: 'entry.ts',
      loader: 'ts',
    },
    absWorkingDir: repositoryFolder,
    outfile: 'bundle.js',
    write: false,
    bundle: true,
    ...OUTPUT,
    ...(names.minifies ? { minifySyntax: true, minifyWhitespace: true } : {}),
    ...(names.own.length > 0
      ? { mangleProps: new RegExp(`^(${names.own.join('|')})$`), mangleCache: names.cache }
      : {}),
    sourcemap: 'external',
    define: { FIRMWARE_VERSION: JSON.stringify(options.version) },
  });
  const text = (suffix: string) => result.outputFiles.find((file) => file.path.endsWith(suffix))!.text;
  return {
    code: asScript(text('.js')),
    sourceMap: JSON.parse(text('.js.map')) as SourceMapPayload,
    cache: result.mangleCache ?? {},
  };
}

export const firmwareEntry = (board: string): string =>
  `import { createBoard } from './boards/${board}.ts';\nimport { startFirmware } from './main.ts';\nstartFirmware(createBoard());\n`;

export const partEntry = (name: string): string => `export { default } from './parts/${name}.ts';\n`;

/** `.bootcde` in the order of its acts. The first two become functions, and so the second may have short names. */
export const BOOT_ENTRIES = {
  lock: `import './boot/lock-console.ts';\n`,
  pick: (board: string) =>
    `import { ${board.startsWith('esp32') ? 'ESP32' : 'LINUX'}_IDENTITY_AREA as area } from './boards/flash-areas.ts';\n` +
    `import { pickSlot } from './boot/pick-slot.ts';\n` +
    'pickSlot(area);\n',
  run: `import './boot/run-slot.ts';\n`,
};
