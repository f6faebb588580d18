// One evaluator with its prompt on a TCP port: an engine in a folder, blank as a new board or with the built
// firmware in it. Fixture of the provisioning tests and the developer's tool alike.
import type { Board } from '../scripts/firmware/boards.ts';
import { loadFirmwareImage } from '../scripts/firmware/load-image.ts';
import type { DeviceEngine, EngineOptions } from './engine.ts';
import { EspruinoEngine } from './engines/espruino-engine.ts';
import { ESP32, LINUX, NodeEngine, type NodeEngineOptions } from './engines/node-engine.ts';
import { type PromptServer, type SerialLine, servePrompt } from './prompt-server.ts';

export interface SimDeviceOptions {
  folder: string;
  engine: 'node' | 'espruino';
  board: Board;
  /** No firmware, as a new board. */
  blank: boolean;
  prompt: { host: string; port: number };
  /** Written as `pj.net`. */
  gateway?: { host: string; port: number } | undefined;
  wifi?: { name: string; password: string } | undefined;
  /** Path of the real interpreter. */
  interpreter?: string | undefined;
  /** For tests of what provisioning refuses. */
  version?: string;
  variables?: number;
  faultyFiles?: NodeEngineOptions['faultyFiles'];
}

export interface SimDevice {
  promptPort: number;
  engine: DeviceEngine & SerialLine;
  stop(): Promise<void>;
}

/** An empty Storage that finds raw data erases everything at start (measured): a new board has one file too. */
const NOTE = { 'sim.note': Buffer.from('a simulated board') };

export async function startSimDevice(
  options: SimDeviceOptions,
  listener: { onLine?: (line: string) => void; onExit?: (reason: string) => void } = {},
): Promise<SimDevice> {
  const { folder, board, blank, gateway } = options;
  const firmware = blank ? { board, version: 'blank', files: NOTE } : await loadFirmwareImage(board);
  const net = gateway && Buffer.from(JSON.stringify({ gateway: gateway.host, port: gateway.port }));
  const engine = makeEngine(options, { folder, firmware, extraFiles: net ? { 'pj.net': net } : {} });
  if (listener.onLine) engine.onConsoleLine(listener.onLine);
  if (listener.onExit) engine.onExit(listener.onExit);
  const server: PromptServer = await servePrompt(engine, options.prompt);
  try {
    await engine.powerOn();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    promptPort: server.port,
    engine,
    async stop() {
      await server.stop();
      if (engine.powered) await engine.powerOff();
    },
  };
}

function makeEngine(options: SimDeviceOptions, engine: EngineOptions): DeviceEngine & SerialLine {
  if (options.engine === 'espruino')
    return new EspruinoEngine({ ...engine, interpreter: options.interpreter ?? '', serial: true });
  const { version, variables, wifi } = options;
  const node: NodeEngineOptions = {
    ...engine,
    wifi,
    faultyFiles: options.faultyFiles,
    geometry: options.board === 'linux' ? LINUX : ESP32,
    touchPanel: options.board === 'esp32-cyd',
    ...(version === undefined ? {} : { version }),
    ...(variables === undefined ? {} : { variables }),
  };
  return new NodeEngine(node);
}
