// A stage for screens: the firmware's own drawing on the Node engine, given states instead of a gateway, with the
// strips it mirrors put together to pictures. For the gallery and for tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { State } from '../../../device/core/evaluator.ts';
import { unshrink } from '../../../gateway/screens/heatshrink.ts';
import { NodeEngine } from '../../../simulator/engines/node-engine.ts';
import { bundleScript } from '../bundle.ts';
import { withSlotFile } from '../image.ts';
import { loadFirmwareImage } from '../load-image.ts';

export const WIDTH_PX = 320;
export const HEIGHT_PX = 240;
const ROW_BYTES = WIDTH_PX * 2;
const FRAME_LIMIT_MS = 5000;

const ENTRY = `
import { createAssets } from './assets/assets.ts';
import { createBoard } from './boards/linux.ts';
import { layoutReasons } from './reasons/page.ts';
import { createRenderer } from './screen/renderer.ts';
import { createScreen } from './screen/screen.ts';
import { highContrast } from './screen/theme.ts';
const board = createBoard();
let wall = 0;
let contrast = false;
const ports = {
  assets: createAssets(board.files, board.native, board.slot),
  language: 0,
  renderer: createRenderer(board.panel, board.timers, (color) => (contrast ? highContrast(color) : color)),
  timers: board.timers,
  wallMs: () => wall,
  tell: board.tell,
};
const screen = createScreen(ports);
board.command('stage', (scene) => {
  ports.language = scene.language;
  wall = scene.wallMs;
  contrast = scene.contrast === true;
  if (scene.state.offer) scene.state.offer.layout = layoutReasons;
  if (scene.state.ballot) scene.state.ballot.uptimeMs += board.timers.uptimeMs();
  screen.show(scene.state);
});
`;

export interface Scene {
  /** \`uptimeMs\` of a ballot is counted from now. */
  state: State;
  wallMs: number;
  language: 0 | 1;
  contrast?: boolean;
}

export interface Stage {
  /** Plays a scene on a fresh panel; RGB565 big-endian of the whole screen when its drawing has ended. */
  play(scene: Scene): Promise<Uint8Array>;
  end(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const image = await loadFirmwareImage('linux');
  const { code } = await bundleScript({ entry: ENTRY, version: image.version });
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-stage-'));
  const engine = new NodeEngine({ folder, firmware: withSlotFile(image, 'js', Buffer.from(code)) });
  return {
    async play(scene) {
      const pixels = new Uint8Array(WIDTH_PX * HEIGHT_PX * 2);
      const drawn = new Promise<void>((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error('the scene was not drawn in time')), FRAME_LIMIT_MS);
        const unsubscribe = engine.onConsoleLine((line) => {
          const [mark, kind, place, data] = line.split(' ');
          if (mark !== 'PJ1') return reject(new Error(line));
          if (kind === 'strip') {
            const strip = unshrink(Buffer.from(data!, 'base64'));
            const rows = Math.floor(strip.length / ROW_BYTES);
            pixels.set(strip.subarray(0, rows * ROW_BYTES), Number(place) * ROW_BYTES);
          }
          if (kind !== 'frame') return;
          clearTimeout(limit);
          unsubscribe();
          resolve();
        });
      });
      await engine.powerOn();
      engine.prompt('mirror(true)');
      engine.prompt(`stage(${JSON.stringify(scene)})`);
      await drawn;
      await engine.powerOff();
      return pixels;
    },
    async end() {
      await engine.powerOff();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
