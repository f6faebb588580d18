// Makes the evaluator of a window: an engine in the device's folder, wired by a cable of its own to the gateway.
import { existsSync, readdirSync } from 'node:fs';
import type { DeviceEngine, EngineOptions, FirmwareImage } from '../engine.ts';
import { EspruinoEngine } from '../engines/espruino-engine.ts';
import { NodeEngine } from '../engines/node-engine.ts';
import { LinkRelay } from '../net/link-relay.ts';
import type { WorldClock } from '../ports.ts';
import type { HallWindow } from '../window-system/roster.ts';
import { createEvaluatorHost, type EvaluatorHost } from './evaluator-host.ts';
import type { DemoFolders } from './folders.ts';

export interface EvaluatorMakerOptions {
  folders: DemoFolders;
  firmware: FirmwareImage;
  engine: 'node' | 'espruino';
  /** Path of the real interpreter. */
  interpreter: string | undefined;
  /** Screens are wanted for the page. */
  mirror: boolean;
  /** Of the evaluators on Node; this machine's when left out. */
  clock?: WorldClock;
}

const NETWORK_FILE = 'pj.net';
const HOST = '127.0.0.1';

export function evaluatorMaker(options: EvaluatorMakerOptions) {
  return async (window: HallWindow, brokerPort: number): Promise<EvaluatorHost> => {
    const target = { host: HOST, tcpPort: brokerPort, udpPort: brokerPort };
    const relay = await LinkRelay.start({ target });
    const folder = options.folders.device(window.device);
    const settings = Buffer.from(JSON.stringify({ gateway: HOST, port: relay.tcpPort }));
    const wasUsed = existsSync(folder) && readdirSync(folder).length > 0;
    const engine = makeEngine(options, {
      folder,
      firmware: options.firmware,
      extraFiles: { [NETWORK_FILE]: settings },
    });
    const cable = { cut: () => relay.cut(), restore: () => relay.restore(), stop: () => relay.close() };
    const host = createEvaluatorHost({ window, engine, cable, mirror: options.mirror });
    if (wasUsed) await host.readPresses();
    return host;
  };
}

function makeEngine(
  { engine, interpreter, clock }: EvaluatorMakerOptions,
  options: EngineOptions,
): DeviceEngine {
  if (engine === 'node') return new NodeEngine({ ...options, clock });
  if (!interpreter) throw new Error('--engine espruino needs ESPRUINO=<path of the interpreter>');
  return new EspruinoEngine({ ...options, interpreter });
}
