import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import type { DeviceEngine, EngineOptions } from '../engine.ts';
import { EspruinoEngine } from '../engines/espruino-engine.ts';
import { NodeEngine } from '../engines/node-engine.ts';
import { SCENARIOS } from './scenarios.ts';
import { openStage, type Trace } from './stage.ts';

const interpreter = process.env.ESPRUINO;
const SCENARIO_LIMIT_MS = 180_000;
const firmware = await loadFirmwareImage('linux');
const onNode = (options: EngineOptions) => new NodeEngine(options);
const onEspruino = (options: EngineOptions) => new EspruinoEngine({ ...options, interpreter: interpreter! });

async function play(name: string, makeEngine: (options: EngineOptions) => DeviceEngine): Promise<Trace> {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-trace-'));
  const stage = await openStage({ folder, firmware, makeEngine });
  try {
    await SCENARIOS[name]!(stage);
  } finally {
    await stage.end();
    rmSync(folder, { recursive: true, force: true });
  }
  return stage.trace;
}

const names = Object.keys(SCENARIOS);

describe.concurrent('on the Node engine', () => {
  it.each(names)('%s', { timeout: SCENARIO_LIMIT_MS }, async (name) => {
    const trace = await play(name, onNode);
    expect(trace.console.filter((line) => line.startsWith('Uncaught'))).toEqual([]);
    expect(trace.published.filter((line) => line.includes('not authentic'))).toEqual([]);
    expect(trace.flash.length).toBeGreaterThan(0);
  });
});

const need = interpreter ? '' : 'skipped: needs ESPRUINO: ';
describe(`${need}on the real interpreter, with the same screens, publishes and raw flash as on Node`, () => {
  it.skipIf(!interpreter).each(names)('%s', { timeout: SCENARIO_LIMIT_MS }, async (name) => {
    const [node, real] = await Promise.all([play(name, onNode), play(name, onEspruino)]);
    expect(real).toEqual(node);
  });
});
