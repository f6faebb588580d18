// The built firmware with a card on its screen, as in a hall: a real gateway, an evaluator that was provisioned
// there, and an invitation. For measurements; whoever asked must end it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openScreens } from '../../gateway/screens/screens.ts';
import { putCase, startTestHall, TEST_STAFF } from '../../gateway/testing-hall.ts';
import type { DeviceEngine, EngineOptions } from '../../simulator/engine.ts';
import { loadFirmwareImage } from './load-image.ts';

const LINE_LIMIT_MS = 20_000;

export interface ShownEvaluator {
  engine: DeviceEngine;
  /** The console's line about the card's frame. */
  frame: string;
  /** The first console line from now on for which `wanted` is true. */
  line(wanted: (line: string) => boolean): Promise<string>;
  end(): Promise<void>;
}

export async function showCard(
  makeEngine: (options: EngineOptions) => DeviceEngine,
): Promise<ShownEvaluator> {
  const firmware = await loadFirmwareImage('linux');
  const hall = await startTestHall({}, { openScreens });
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-card-'));
  const settings = JSON.stringify({ gateway: '127.0.0.1', port: hall.gateway.addresses.mqtt.port });
  const engine = makeEngine({ folder, firmware, extraFiles: { 'pj.net': Buffer.from(settings) } });
  const line = (wanted: (line: string) => boolean) => nextLine(engine, wanted);
  const end = async () => {
    await engine.powerOff();
    await hall.end();
    rmSync(folder, { recursive: true, force: true });
  };
  let frame: string;
  try {
    const identity = await hall.register('a01', 'a01');
    await call(hall.call('PUT', '/v1/windows/a01/desk', { body: { staff: TEST_STAFF, paused: false } }));
    await putCase(hall, 'card-shown');
    const started = line((text) => text === 'PJ1 screen unprovisioned');
    await engine.powerOn();
    await started;
    const online = line((text) => text === 'PJ1 screen idle');
    engine.prompt(`provision(${JSON.stringify(identity)})`);
    await online;
    const shown = line((text) => text.startsWith('PJ1 screen card'));
    const drawn = shown.then(() => line((text) => text.startsWith('PJ1 frame')));
    const services = [{ projectNo: 'card-shown', assessNumber: 1 }];
    await call(hall.call('POST', '/v1/invitations', { body: { window: 'a01', services } }));
    frame = await drawn;
  } catch (error) {
    await end();
    throw error;
  }
  return { engine, frame, line, end };
}

async function call(answering: ReturnType<Awaited<ReturnType<typeof startTestHall>>['call']>): Promise<void> {
  const answer = await answering;
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
}

/** The first line from now on for which `wanted` is true; fails after a while. */
export function nextLine(engine: DeviceEngine, wanted: (line: string) => boolean): Promise<string> {
  const seen: string[] = [];
  return new Promise((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new Error(`no such line of the evaluator; it said:\n${seen.join('\n')}`)),
      LINE_LIMIT_MS,
    );
    const unsubscribe = engine.onConsoleLine((line) => {
      seen.push(line);
      if (!wanted(line)) return;
      clearTimeout(limit);
      unsubscribe();
      resolve(line);
    });
  });
}
