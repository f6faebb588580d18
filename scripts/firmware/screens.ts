// `npm run screens`: a PNG of every scene for every board, language and theme in build/screens/, and an index page.
// With a board's name it draws that board alone; without, it starts itself once a board.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { BOARDS, type Board } from './boards.ts';
import { loadFirmwareImage } from './load-image.ts';
import { drawGallery, galleryFolder, LOOKS, pictureFile } from './screens/gallery.ts';
import { makeScenes } from './screens/scenes.ts';

const sceneNames = Object.keys(makeScenes());
const asked = process.argv[2];

if (asked === undefined) await drawAll();
else if ((BOARDS as readonly string[]).includes(asked))
  await drawGallery(asked as Board, () => console.log('.'));
else {
  console.error(`BOARD_UNKNOWN: there is no board "${asked}". There are: ${BOARDS.join(', ')}.`);
  process.exitCode = 2;
}

async function drawAll(): Promise<void> {
  rmSync(galleryFolder, { recursive: true, force: true });
  mkdirSync(galleryFolder, { recursive: true });
  const total = BOARDS.length * sceneNames.length * LOOKS.length;
  let done = 0;
  const tick = () => {
    done++;
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total} screens`);
  };
  // Built here, so that no two processes build the same.
  for (const board of BOARDS) await loadFirmwareImage(board);
  const waiting = [...BOARDS];
  const worker = async () => {
    for (let board = waiting.shift(); board !== undefined; board = waiting.shift())
      await drawApart(board, tick);
  };
  await Promise.all(Array.from({ length: Math.min(BOARDS.length, availableParallelism()) }, worker));
  writeFileSync(`${galleryFolder}index.html`, indexPage());
  if (process.stderr.isTTY) process.stderr.write('\r');
  console.log(`${done} screens of ${BOARDS.length} boards in build/screens/, see index.html there`);
}

function drawApart(board: Board, tick: () => void): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), board], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.on('data', (text: Buffer) => {
    for (const character of text.toString()) if (character === '.') tick();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`the screens of ${board} could not be drawn`)),
    );
  });
}

/** A table a scene: a row for each board, a column for each language and theme. */
function indexPage(): string {
  const look = ({ language, contrast }: (typeof LOOKS)[number]) =>
    `${language}${contrast ? ', high contrast' : ''}`;
  const cell = (board: Board, scene: string, shown: (typeof LOOKS)[number]) => {
    const file = pictureFile(board, scene, shown);
    return `<td><a href="${file}"><img src="${file}" alt="${scene}, ${look(shown)}" loading="lazy"></a></td>`;
  };
  const table = (scene: string) =>
    `<section><h2 id="${scene}">${scene}</h2><table><tr><th>board</th>${LOOKS.map((shown) => `<th>${look(shown)}</th>`).join('')}</tr>\n${BOARDS.map(
      (board) => `<tr><th>${board}</th>${LOOKS.map((shown) => cell(board, scene, shown)).join('')}</tr>`,
    ).join('\n')}</table></section>`;
  const style =
    'body{font:16px sans-serif;margin:16px;background:#eef3f8}img{width:320px;display:block}nav a{margin-right:12px}th{text-align:left;font-weight:normal;padding:4px}';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Screens of the evaluator</title><style>${style}</style>
<h1>Screens of the evaluator</h1><nav>${sceneNames.map((scene) => `<a href="#${scene}">${scene}</a>`).join('')}</nav>
${sceneNames.map(table).join('\n')}</html>\n`;
}
