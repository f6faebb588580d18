import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EspruinoEngine } from '../../simulator/engines/espruino-engine.ts';
import { NodeEngine } from '../../simulator/engines/node-engine.ts';
import { BOARDS, MEMORY_LIMIT_BLOCKS } from './boards.ts';
import { type ShownEvaluator, showCard } from './card-shown.ts';
import { measureMemory } from './measure-memory.ts';
import { makeScenes } from './screens/scenes.ts';
import { openStage, type Stage } from './screens/stage.ts';

describe('the built firmware at a window', () => {
  let shown: ShownEvaluator;
  beforeAll(async () => {
    shown = await showCard((options) => new NodeEngine(options));
  });
  afterAll(() => shown.end());

  it('answers a key by light and sound before anything else, takes another in its place, and thanks once', async () => {
    const lines: string[] = [];
    const unsubscribe = shown.engine.onConsoleLine((line) => lines.push(line));
    const thanked = shown.line((line) => line.startsWith('PJ1 thanked'));
    const idle = shown.line((line) => line === 'PJ1 screen idle');
    shown.engine.prompt('press(4);setTimeout(function(){press(1)},300)');
    await thanked;
    await idle;
    unsubscribe();
    const kinds = lines.map((line) => line.split(' ').slice(1, 3).join(' '));
    expect(kinds.slice(0, 2)).toEqual(['lights 8', 'sound key']);
    expect(kinds).toContain('lights 1');
    expect(kinds.indexOf('thanked 1')).toBeLessThan(kinds.indexOf('sound thanks'));
    expect(kinds.filter((kind) => kind.startsWith('thanked'))).toEqual(['thanked 1']);
  });

  it('refuses to lose records to a second provisioning, and malformed ones', async () => {
    const told = shown.line((line) => line.startsWith('PJ1 log provision refused'));
    shown.engine.prompt('provision({hall:"H!"})');
    expect(await told).toContain('hall and device');
  });
});

describe('the screens', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage('linux');
  });
  afterAll(() => stage.end());

  it('cover every row in every state and both languages', async () => {
    const scenes = makeScenes();
    for (const [name, scene] of Object.entries(scenes)) {
      for (const language of [0, 1] as const) {
        const pixels = await stage.play({ ...scene, language });
        const blank = Array.from({ length: 240 }, (_, row) =>
          pixels.subarray(row * 640, row * 640 + 640),
        ).filter((row) => row.every((byte) => byte === 0));
        expect(blank.length, `${name} ${language}`).toBe(0);
      }
    }
  });

  it('tell the chosen key by more than its colour: its bitmap differs too', async () => {
    const scenes = makeScenes();
    const before = await stage.play({ ...scenes.card!, language: 0 });
    const after = await stage.play({ ...scenes['chosen-3']!, language: 0 });
    const bits = (pixels: Uint8Array) => {
      const top = 220 * 640 + 2 * 128;
      const row = pixels.subarray(top, top + 128);
      const paper = row.slice(0, 2);
      return Array.from({ length: 64 }, (_, x) => row[2 * x] === paper[0] && row[2 * x + 1] === paper[1]);
    };
    expect(bits(after)).not.toEqual(bits(before));
  });
});

describe.each(BOARDS.filter((board) => board !== 'linux'))('the panel of %s', (board) => {
  it('shows the same pictures through its own driver as the Linux board mirrors', async () => {
    const scenes = makeScenes();
    const linux = await openStage('linux');
    const stage = await openStage(board);
    try {
      for (const name of ['idle-photo', 'card', 'reasons', 'fault-flash']) {
        const scene = { ...scenes[name]!, language: 0 } as const;
        expect(Buffer.compare(await stage.play(scene), await linux.play(scene)), name).toBe(0);
      }
    } finally {
      await stage.end();
      await linux.end();
    }
  });
});

describe.skipIf(!process.env.ESPRUINO)('the real interpreter', () => {
  it('holds the firmware, its drawing buffer and a card in its memory budget', async () => {
    const { used } = await measureMemory(process.env.ESPRUINO!);
    expect(used).toBeLessThanOrEqual(MEMORY_LIMIT_BLOCKS);
  });

  it('shows a card that draws the same bytes as on Node', async () => {
    const frames: string[] = [];
    for (const make of [
      (options: ConstructorParameters<typeof NodeEngine>[0]) => new NodeEngine(options),
      (options: ConstructorParameters<typeof NodeEngine>[0]) =>
        new EspruinoEngine({ ...options, interpreter: process.env.ESPRUINO! }),
    ]) {
      const shown = await showCard(make);
      frames.push(shown.frame);
      await shown.end();
    }
    expect(frames[1]).toBe(frames[0]);
  });
});
