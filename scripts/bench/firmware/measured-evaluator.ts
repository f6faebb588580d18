// The built firmware as on a board, with a card shown and records waiting, and functions at its prompt that measure it
// from inside: the interpreter's own clock around a key, around the drawing of a card, around an empty loop.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openScreens } from '../../../gateway/screens/screens.ts';
import { freeTcpAndUdpPort } from '../../../gateway/testing/free-ports.ts';
import type { FirmwareImage } from '../../../simulator/engine.ts';
import { EspruinoEngine } from '../../../simulator/engines/espruino-engine.ts';
import { FLASH_FILE, writeRawFlash } from '../../../simulator/engines/flash-image.ts';
import { prepareFlash } from '../../../simulator/engines/prepared-flash.ts';
import { LINUX } from '../../../simulator/espruino/geometry.ts';
import { listenOnRealSockets } from '../../../simulator/scripted-gateway/real-sockets.ts';
import { createScriptedGateway } from '../../../simulator/scripted-gateway/scripted-gateway.ts';
import { SLOT, withSlotFile } from '../../firmware/image.ts';
import { loadFirmwareImage } from '../../firmware/load-image.ts';
import { TURN } from './turn.ts';

const LINE_LIMIT_MS = 60_000;
const identity = { hall: 'hall', device: 'dev-a', handle: '0123456789abcdef', key: '5a'.repeat(32), gen: 1 };
const STAFF = '11'.repeat(8);

/**
 * `pjKey(level)`: a key until its feedback is drawn; a card tells by itself when it is drawn; each with the length of a
 * turn beside it, in the same breath, so that a slow moment of the machine slows both. Microseconds. Names that no
 * minifier gives: the firmware's own are in the same scope.
 */
const MEASURING = `
var pjPrint=print,pjCard=0;
${TURN}
function pjSay(k,v,t){pjPrint("PJ1 measured-"+k+" "+v+" "+t);}
function pjKey(l){var a=pjTurn(),t=getTime();press(l);t=getTime()-t;pjSay("key",t*1e6,(a+pjTurn())/2);}
function pjDrawn(){var t=getTime()-pjCard;pjCard=0;pjSay("card",t*1e6,pjTurn());}
function pjHear(x){if(/screen card/.test(x))pjCard=getTime();else if(pjCard&&/PJ1 frame/.test(x))pjDrawn();pjPrint(x);}
global["print"]=pjHear;`;

/** Comes behind the firmware in its file, as text, so that it lies in memory as what is typed at a prompt does. */
function withMeasuring(image: FirmwareImage): FirmwareImage {
  const code = Buffer.from(image.files[SLOT]!).toString();
  return withSlotFile(image, 'js', Buffer.from(`${code}\neval(${JSON.stringify(MEASURING)});`));
}

/** In microseconds: what was measured, and one turn of an empty loop beside it. */
export interface Measured {
  took: number;
  turn: number;
}

export interface MeasuredEvaluator {
  /** Shows a new card: from the decision to show it until it is drawn. */
  showCard(): Promise<Measured>;
  /** Presses on the card shown: until light, sound and the mark on the screen are there. */
  pressKey(level: number): Promise<Measured>;
  /** Until the press is thanked for and the evaluator rests. */
  rest(): Promise<void>;
  blocks(): Promise<{ used: number; total: number }>;
  end(): Promise<void>;
}

export interface MeasuredOptions {
  interpreter: string;
  /** Records in the journal that nobody acknowledges. */
  unsent: number;
  environment?: Record<string, string>;
}

export async function openMeasuredEvaluator(options: MeasuredOptions): Promise<MeasuredEvaluator> {
  const { interpreter, unsent, environment = {} } = options;
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-measure-'));
  const port = await freeTcpAndUdpPort();
  const screens = openScreens({ onMissingGlyph: () => undefined });
  const who = screens.who({ name: '张三', badgeId: 'A1023' });
  const place = screens.place({ hall: '松花江市政务服务中心', window: 'A03 不动产' });
  const gateway = createScriptedGateway({
    devices: [identity],
    wallMs: () => Date.UTC(2026, 1, 13, 1, 30, 5),
    onHello(session) {
      session.tellTime();
      session.send('control', { do: 'desk', staff: STAFF, paused: false, unlinked: false, place, who });
    },
  });
  const device = join(folder, 'device');
  mkdirSync(device);
  for (const part of Object.values(prepareFlash({ ...identity, records: unsent, acked: 0 }, LINUX)))
    writeRawFlash({ path: join(device, FLASH_FILE), geometry: LINUX }, part.offset, part.data);
  const engine = new EspruinoEngine({
    folder: device,
    firmware: withMeasuring(await loadFirmwareImage('linux')),
    extraFiles: { 'pj.net': Buffer.from(JSON.stringify({ gateway: '127.0.0.1', port })) },
    interpreter,
    environment,
  });
  const seen: string[] = [];
  const line = (start: string): Promise<string> => {
    const from = seen.length;
    return new Promise((resolve, reject) => {
      const limit = setTimeout(
        () => reject(new Error(`no line "${start}"; the evaluator said:\n${seen.slice(from).join('\n')}`)),
        LINE_LIMIT_MS,
      );
      const stop = engine.onConsoleLine((text) => {
        if (!text.startsWith(start)) return;
        clearTimeout(limit);
        stop();
        resolve(text.slice(start.length).trim());
      });
    });
  };
  engine.onConsoleLine((text) => seen.push(text));
  const measured = async (kind: string, act: () => void): Promise<Measured> => {
    const told = line(`PJ1 measured-${kind}`);
    act();
    const [took, turn] = (await told).split(' ').map(Number);
    return { took: took!, turn: turn! };
  };
  let cards = 0;

  await engine.powerOn();
  const online = line('PJ1 screen idle');
  const listening = await listenOnRealSockets(gateway, port);
  await online;

  return {
    showCard() {
      cards += 1;
      const matter = screens.matter([`国有建设用地使用权及房屋所有权转移登记 ${cards}`]);
      const invitation = cards.toString(16).padStart(16, '0');
      return measured('card', () => {
        gateway.online('dev-a')?.send('card', { invitation, staff: STAFF, term: 600, matter, who });
      });
    },
    pressKey: (level) => measured('key', () => engine.prompt(`pjKey(${level})`)),
    async rest() {
      await line('PJ1 screen idle');
    },
    async blocks() {
      const told = line('PJ1 memory');
      engine.prompt('memory()');
      const [used, total] = (await told).split(' ').map(Number);
      return { used: used!, total: total! };
    },
    async end() {
      await engine.powerOff();
      await listening.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
