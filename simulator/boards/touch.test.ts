// Touches of a panel through the boards' real driver: its code from the firmware on the simulated interpreter, the
// controller's conversions on the simulated bus, a virtual clock.
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleScript } from '../../scripts/firmware/bundle.ts';
import { createEspruinoDevice } from '../espruino/device.ts';
import { ESP32 } from '../espruino/geometry.ts';
import type { Finger } from '../espruino/xpt2046.ts';
import { createMemoryFiles } from '../world/memory-files.ts';
import { createMemoryFlash } from '../world/memory-flash.ts';
import { createVirtualClock } from '../world/virtual-clock.ts';
import { createVirtualCable } from '../world/virtual-net.ts';

/** Two columns, the left one 1, the right one 2; the upper half is none. */
const ENTRY = `
import { timers } from './boards/interpreter.ts';
import { watchTouches } from './boards/xpt2046.ts';
watchTouches({
  timers,
  pins: { select: D33, interrupt: D36 },
  levelAt: (x, y) => (y < 120 ? 0 : x < 160 ? 1 : 2),
  onKey: (level, down, atMs) => print(level + (down ? ' down ' : ' up ') + atMs),
});
`;
let code: string;
beforeAll(async () => {
  const bundle = await bundleScript({ entry: ENTRY, version: '0.0.0' });
  expect(bundle.problems).toEqual([]);
  code = bundle.code;
});

function board() {
  const clock = createVirtualClock({ wallMs: Date.UTC(2026, 1, 13) });
  const files = createMemoryFiles({ '.bootcde': Buffer.from(code) });
  const flash = createMemoryFlash({ bytes: ESP32.pageBytes, pageBytes: ESP32.pageBytes });
  const { net } = createVirtualCable({ clock, server: () => undefined });
  const device = createEspruinoDevice({
    ports: { clock, net, flash, files },
    geometry: ESP32,
    touchPanel: true,
  });
  const lines: string[] = [];
  let conversions = 0;
  device.onConsoleLine((line) => lines.push(line));
  device.onHardware((event) => {
    if (event.kind === 'bus-write') conversions += 1;
  });
  device.powerOn();
  clock.advance(1000);
  return {
    /** Holds a finger there for so long. */
    touch(finger: Partial<Finger>, ms: number) {
      device.touch({ x: 40, y: 200, pressure: 1500, ...finger });
      clock.advance(ms);
    },
    lift(ms: number) {
      device.touch(undefined);
      clock.advance(ms);
    },
    keys: () => lines.map((line) => line.replace(/ \d+$/, '')),
    uptimes: () => lines.map((line) => Number(line.split(' ')[2])),
    lines,
    conversions: () => conversions,
  };
}

describe('a touch of the panel', () => {
  it('is a press within two looks, and let go within two', () => {
    const { touch, lift, lines, keys, uptimes } = board();
    touch({}, 60);
    lift(60);
    touch({ x: 300 }, 60);
    lift(60);
    expect(keys()).toEqual(['1 down', '1 up', '2 down', '2 up']);
    const [down, up] = uptimes() as [number, number];
    expect(down - 1000, lines.join()).toBeLessThanOrEqual(15);
    expect(up - 1060).toBeLessThanOrEqual(25);
  });

  it('counts only where it is pressed, not where it is brushed', () => {
    const { touch, lift, keys } = board();
    touch({ pressure: 399 }, 500);
    lift(50);
    expect(keys()).toEqual([]);
    touch({ pressure: 400 }, 50);
    lift(50);
    expect(keys()).toEqual(['1 down', '1 up']);
  });

  it('stays where it began: a finger that slides presses nothing else, one that began beside the areas nothing', () => {
    const { touch, lift, keys } = board();
    touch({ x: 40 }, 50);
    touch({ x: 300 }, 100);
    lift(50);
    touch({ y: 60 }, 50);
    touch({ y: 200 }, 100);
    lift(50);
    expect(keys()).toEqual(['1 down', '1 up']);
  });

  it('that jumps between two areas presses neither before it is still, and a short break is no second touch', () => {
    const { touch, lift, keys } = board();
    touch({ x: 158 }, 5);
    for (const x of [162, 158, 162, 158]) touch({ x }, 10);
    lift(50);
    expect(keys()).toEqual([]);
    touch({}, 50);
    lift(4);
    touch({}, 50);
    lift(50);
    expect(keys()).toEqual(['1 down', '1 up']);
  });

  it('that is too short to be seen twice is none, and a panel at rest is not measured at all', () => {
    const { touch, lift, keys, conversions } = board();
    expect(conversions()).toBe(0);
    touch({}, 3);
    lift(100);
    const measured = conversions();
    lift(10_000);
    expect(keys()).toEqual([]);
    expect(conversions()).toBe(measured);
  });
});
