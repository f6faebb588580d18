// A stage for screens: a board's own drawing code, driver and strip on the Node engine, given states instead of a
// gateway. What its panel shows is put together from what the board did to it. For the gallery and for tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { State } from '../../../device/core/evaluator.ts';
import type { SetupCodes } from '../../../device/setup/screen.ts';
import { unshrink } from '../../../gateway/screens/heatshrink.ts';
import { ESP32, LINUX, NodeEngine } from '../../../simulator/engines/node-engine.ts';
import type { HardwareEvent } from '../../../simulator/espruino/host.ts';
import { PANEL_HEIGHT_PX, PANEL_WIDTH_PX, pictureOf } from '../../../simulator/panels/ili9341-picture.ts';
import type { Board } from '../boards.ts';
import { bundleScript } from '../bundle.ts';
import { withSlotFile } from '../image.ts';
import { loadFirmwareImage } from '../load-image.ts';

export const WIDTH_PX = PANEL_WIDTH_PX;
export const HEIGHT_PX = PANEL_HEIGHT_PX;
const ROW_BYTES = WIDTH_PX * 2;
const FRAME_LIMIT_MS = 5000;
const LIT_POLL_MS = 20;

const entryOf = (board: Board) => `
import { createAssets } from './assets/assets.ts';
import { createBoard } from './boards/${board}.ts';
import { layoutReasons } from './reasons/page.ts';
import { createRenderer } from './screen/renderer.ts';
import { createScreen } from './screen/screen.ts';
import { highContrast } from './screen/theme.ts';
import { layoutSetup } from './setup/screen.ts';
const board = createBoard();
let wall = 0;
let contrast = false;
const panel = Object.assign({}, board.panel, { done: () => { board.panel.done(); board.tell('drawn', ''); } });
const ports = {
  assets: createAssets(board.files, board.native, board.slot),
  language: 0,
  renderer: createRenderer(panel, board.timers, (color) => (contrast ? highContrast(color) : color)),
  // For the screen it is always the moment of the scene, however long drawing takes: pictures are the same every time.
  timers: Object.assign({}, board.timers, { uptimeMs: () => 0 }),
  wallMs: () => wall,
  touch: board.panel.touch === true,
  tell: board.tell,
};
const screen = createScreen(ports);
board.command('stage', (scene) => {
  ports.language = scene.language;
  wall = scene.wallMs;
  contrast = scene.contrast === true;
  if (scene.state.offer) scene.state.offer.layout = layoutReasons;
  if (scene.setup) scene.state.known.setup = { layout: (view) => layoutSetup(view, scene.setup) };
  screen.show(scene.state);
});
`;

export interface Scene {
  /** `uptimeMs` of a ballot is counted from now. */
  state: State;
  wallMs: number;
  language: 0 | 1;
  contrast?: boolean;
  /** The set-up page is open. */
  setup?: SetupCodes;
}

export interface Stage {
  /** Plays a scene on a fresh panel; RGB565 big-endian of the whole screen when its drawing has ended. */
  play(scene: Scene): Promise<Uint8Array>;
  end(): Promise<void>;
}

export async function openStage(board: Board): Promise<Stage> {
  const image = await loadFirmwareImage(board);
  const { code } = await bundleScript({ entry: entryOf(board), version: image.version });
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-stage-'));
  const engine = new NodeEngine({
    folder,
    firmware: withSlotFile(image, 'js', Buffer.from(code)),
    geometry: board === 'linux' ? LINUX : ESP32,
  });
  let events: HardwareEvent[] = [];
  engine.onHardware((event) => events.push(event));
  return {
    async play(scene) {
      const mirrored = new Uint8Array(ROW_BYTES * HEIGHT_PX);
      const drawn = new Promise<void>((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error('the scene was not drawn in time')), FRAME_LIMIT_MS);
        const unsubscribe = engine.onConsoleLine((line) => {
          const [mark, kind, place, data] = line.split(' ');
          if (mark !== 'PJ1') return reject(new Error(line));
          if (kind === 'strip') mirrored.set(stripOf(data!), Number(place) * ROW_BYTES);
          if (kind !== 'drawn') return;
          clearTimeout(limit);
          unsubscribe();
          resolve();
        });
      });
      events = [];
      await engine.powerOn();
      if (board === 'linux') engine.prompt('mirror(true)');
      engine.prompt(`stage(${JSON.stringify(scene)})`);
      await drawn;
      const picture = board === 'linux' ? mirrored : await litPicture(() => events);
      await engine.powerOff();
      if (!picture) throw new Error(`the panel of ${board} was not set up as its picture needs`);
      return picture;
    },
    async end() {
      await engine.powerOff();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Drawing may end before the panel has woken up. */
async function litPicture(events: () => HardwareEvent[]): Promise<Uint8Array | undefined> {
  for (let waitedMs = 0; waitedMs < FRAME_LIMIT_MS; waitedMs += LIT_POLL_MS) {
    const picture = pictureOf(events());
    if (picture) return picture;
    await pause(LIT_POLL_MS);
  }
  return undefined;
}

/** Whole rows only. */
function stripOf(base64: string): Uint8Array {
  const strip = unshrink(Buffer.from(base64, 'base64'));
  return strip.subarray(0, Math.floor(strip.length / ROW_BYTES) * ROW_BYTES);
}
