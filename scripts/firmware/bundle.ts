// Source to script: bundles and minifies with nothing added that the interpreter lacks, then checks the output.
import type { SourceMapPayload } from 'node:module';
import { build } from 'esbuild';
import { repositoryFolder } from './boards.ts';
import { deleteBootOnlyNames } from './boot-only.ts';
import { checkScript, type Problem } from './check/check.ts';
import { MISSING_METHODS } from './check/interpreter.ts';
import { inlineConstants } from './inline-constants.ts';
import { findOwnNames } from './own-names.ts';

/** Syntax esbuild would add when it minifies, or keep: it is lowered instead. What cannot be is refused later. */
const LOWERED = { 'optional-chain': false, 'logical-assignment': false, 'exponent-operator': false };

export interface Bundle {
  code: string;
  problems: Problem[];
}

/** No shortened name may be one of these: the check would take it for the missing method. */
const TAKEN_NAMES = Object.fromEntries(MISSING_METHODS.map((name) => [name, false as const]));

export interface BundleOptions {
  /** Source text, resolved from device/. */
  entry: string;
  version: string;
  /** Names of its globals stay: two scripts share the global scope. */
  keepsNames?: boolean;
}

/** No function around the whole: every scope costs each closure inside it memory on the interpreter. */
export async function bundleScript(options: BundleOptions): Promise<Bundle> {
  const plain = await run(options, []);
  const refused = checkScript({ ...plain, file: 'bundle.js' });
  if (options.keepsNames || refused.length > 0) return { code: plain.code, problems: refused };
  const mapped = await run(options, findOwnNames(plain.code));
  const problems = checkScript({ ...mapped, file: 'bundle.js' });
  if (problems.length > 0) return { code: mapped.code, problems };
  const code = deleteBootOnlyNames(inlineConstants(mapped.code));
  return { code, problems: checkScript({ code, file: 'bundle.js' }) };
}

async function run(options: BundleOptions, ownNames: string[]) {
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
    format: 'esm',
    platform: 'neutral',
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: !options.keepsNames,
    ...(ownNames.length > 0
      ? { mangleProps: new RegExp(`^(${ownNames.join('|')})$`), mangleCache: TAKEN_NAMES }
      : {}),
    target: 'esnext',
    supported: LOWERED,
    legalComments: 'none',
    charset: 'ascii',
    sourcemap: 'external',
    define: { FIRMWARE_VERSION: JSON.stringify(options.version) },
    logLevel: 'silent',
  });
  const text = (suffix: string) => result.outputFiles.find((file) => file.path.endsWith(suffix))!.text;
  // As long as the word it stands for, so that the source map stays true.
  const code = text('.js')
    .trimEnd()
    .replaceAll(/\blibrary\(/g, 'require(');
  return { code, sourceMap: JSON.parse(text('.js.map')) as SourceMapPayload };
}

export const firmwareEntry = (board: string): string =>
  `import { createBoard } from './boards/${board}.ts';\nimport { startFirmware } from './main.ts';\nstartFirmware(createBoard());\n`;

export const bootEntry = `import './boot/bootcde.ts';\n`;
