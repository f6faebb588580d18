// The files of the demo page: its modules bundled from TypeScript, the style sheet, the document, and the Chinese
// typeface from its npm package. Nothing comes from another host.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface PageFile {
  type: string;
  body: Uint8Array;
  /** The name changes with the contents: a browser may keep it. */
  lasting: boolean;
}

const folder = new URL('page/', import.meta.url);
const require = createRequire(import.meta.url);
const weights = { '400': '400Regular/NotoSansSC_400Regular.ttf', '700': '700Bold/NotoSansSC_700Bold.ttf' };

export async function makePageFiles(): Promise<Map<string, PageFile>> {
  const bundled = await build({
    entryPoints: [fileURLToPath(new URL('main.ts', folder))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
  });
  const text = (type: string, body: Uint8Array): PageFile => ({
    type: `${type}; charset=utf-8`,
    body,
    lasting: false,
  });
  const files = new Map([
    ['/', text('text/html', readFileSync(new URL('index.html', folder)))],
    ['/style.css', text('text/css', readFileSync(new URL('style.css', folder)))],
    ['/main.js', text('text/javascript', bundled.outputFiles[0]!.contents)],
  ]);
  for (const [weight, path] of Object.entries(weights)) {
    const body = readFileSync(require.resolve(`@expo-google-fonts/noto-sans-sc/${path}`));
    files.set(`/font/${weight}.ttf`, { type: 'font/ttf', body, lasting: true });
  }
  return files;
}
