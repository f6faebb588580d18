// `npm run screens`: draws every scene in both languages and themes with the firmware on the Node engine and stores a PNG of
// each and an index page in build/screens/.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createCanvas } from '@napi-rs/canvas';
import { repositoryFolder } from './boards.ts';
import { makeScenes } from './screens/scenes.ts';
import { HEIGHT_PX, openStage, WIDTH_PX } from './screens/stage.ts';

const SCALE = 2;
const LANGUAGES = [
  ['zh', 0],
  ['en', 1],
] as const;

function toPng(pixels: Uint8Array): Buffer {
  const source = createCanvas(WIDTH_PX, HEIGHT_PX);
  const context = source.getContext('2d');
  const picture = context.createImageData(WIDTH_PX, HEIGHT_PX);
  for (let pixel = 0; pixel < WIDTH_PX * HEIGHT_PX; pixel++) {
    const color = (pixels[2 * pixel]! << 8) | pixels[2 * pixel + 1]!;
    const channels = [(color >> 11) * 8.226, ((color >> 5) & 63) * 4.048, (color & 31) * 8.226, 255];
    picture.data.set(channels.map(Math.round), 4 * pixel);
  }
  context.putImageData(picture, 0, 0);
  const enlarged = createCanvas(WIDTH_PX * SCALE, HEIGHT_PX * SCALE);
  const target = enlarged.getContext('2d');
  target.imageSmoothingEnabled = false;
  target.drawImage(source, 0, 0, WIDTH_PX * SCALE, HEIGHT_PX * SCALE);
  return enlarged.toBuffer('image/png');
}

const folder = `${repositoryFolder}build/screens/`;
mkdirSync(folder, { recursive: true });
const stage = await openStage();
const figures: string[] = [];
try {
  for (const [name, scene] of Object.entries(makeScenes())) {
    for (const [language, number] of LANGUAGES) {
      for (const contrast of [false, true]) {
        const title = `${name} ${language}${contrast ? ' high contrast' : ''}`;
        const file = `${title.replaceAll(' ', '-')}.png`;
        writeFileSync(`${folder}${file}`, toPng(await stage.play({ ...scene, language: number, contrast })));
        figures.push(`<figure><img src="${file}" alt=""><figcaption>${title}</figcaption></figure>`);
      }
    }
  }
} finally {
  await stage.end();
}
const style =
  'body{font:16px sans-serif;display:flex;flex-wrap:wrap;gap:16px}figure{margin:0}img{width:320px}';
writeFileSync(
  `${folder}index.html`,
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Screens of the evaluator</title><style>${style}</style>${figures.join('\n')}</html>\n`,
);
console.log(`${figures.length} screens in build/screens/`);
