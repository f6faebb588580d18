// Draws every scene of a board in both languages and themes and stores each as a PNG. Works in a process of its own, so
// that boards are drawn side by side.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createCanvas } from '@napi-rs/canvas';
import { type Board, repositoryFolder } from '../boards.ts';
import { makeScenes } from './scenes.ts';
import { HEIGHT_PX, openStage, WIDTH_PX } from './stage.ts';

export const galleryFolder = `${repositoryFolder}build/screens/`;

/** Language and theme of every picture of a scene, in the order of the index page's columns. */
export const LOOKS = [
  { language: 'zh', contrast: false },
  { language: 'zh', contrast: true },
  { language: 'en', contrast: false },
  { language: 'en', contrast: true },
] as const;
export type Look = (typeof LOOKS)[number];

const SCALE = 2;

/** Of a board's picture, in the gallery's folder. */
export const pictureFile = (board: Board, scene: string, { language, contrast }: Look): string =>
  `${board}/${scene}-${language}${contrast ? '-high-contrast' : ''}.png`;

/** `onDrawn` is told after every picture. */
export async function drawGallery(board: Board, onDrawn: () => void): Promise<void> {
  mkdirSync(`${galleryFolder}${board}`, { recursive: true });
  const stage = await openStage(board);
  try {
    for (const [name, scene] of Object.entries(makeScenes()))
      for (const look of LOOKS) {
        const language = look.language === 'zh' ? 0 : 1;
        const pixels = await stage.play({ ...scene, language, contrast: look.contrast });
        writeFileSync(`${galleryFolder}${pictureFile(board, name, look)}`, toPng(pixels));
        onDrawn();
      }
  } finally {
    await stage.end();
  }
}

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
