// An evaluator of a simulated hall: its built firmware on flash that outlives power cuts, a clock of its own that
// drifts, and a cable. Its power can be cut inside any flash operation, which is then torn.
import { createNorFlash, type NorFlash, PowerCut } from '../../device/flash/testing/nor-flash.ts';
import type { Level } from '../../protocol/constants.ts';
import type { FirmwareImage } from '../engine.ts';
import { type PreparedFlash, prepareFlash } from '../engines/prepared-flash.ts';
import { createEspruinoDevice } from '../espruino/device.ts';
import { LINUX } from '../espruino/geometry.ts';
import type { Random } from '../people/random.ts';
import type { FlashChip, WorldClock } from '../ports.ts';
import type { DeviceArtefact } from './artefacts.ts';
import type { FaultyCable } from './faulty-cable.ts';
import type { Meddler } from './meddler.ts';
import { createMemoryFiles } from './memory-files.ts';

export interface EvaluatorIdentity {
  hall: string;
  device: string;
  window: string;
  /** Hexadecimal, 16 and 64 digits. */
  handle: string;
  key: string;
  gen: number;
}

export interface HallEvaluator {
  readonly identity: EvaluatorIdentity;
  readonly powered: boolean;
  readonly boots: number;
  readonly flash: NorFlash;
  readonly cable: FaultyCable;
  powerOn(): void;
  powerOff(): void;
  /** The power goes inside the flash operation that comes after so many others, now or after the next start. */
  cutAtOperation(after: number | undefined): void;
  press(level: Level): void;
  /** Without power: an operator's mistake, after which its sequences begin anew; so many boots it has had since. */
  eraseAndProvision(boots: number): void;
  /** Without power: the board is another evaluator from now on, with an empty journal. */
  becomeAnother(identity: EvaluatorIdentity): void;
  readonly meddler: Meddler;
  artefact(): DeviceArtefact;
}

export interface HallEvaluatorOptions {
  clock: WorldClock;
  /** Parts of a second its crystal gains in one. */
  driftRate: number;
  firmware: FirmwareImage;
  identity: EvaluatorIdentity;
  cable: FaultyCable;
  random: Random;
  healthSeconds: number;
  meddler: Meddler;
  /** What its journal holds from before the run. */
  before?: Pick<PreparedFlash, 'records' | 'acked' | 'wallFromMs' | 'retiredPages'> | undefined;
  /** Without their `PJ1 `; never while it has no power. */
  onLine(line: string): void;
  /** It lost its power inside a flash operation, such as `a write of its journal`. */
  onCut(operation: string): void;
  /** A page of its journal is erased. */
  onErase(): void;
}

const PREFIX = 'PJ1 ';
/** Of a screen that nobody looks at. */
const FRAME = 'PJ1 frame ';

export function createHallEvaluator(options: HallEvaluatorOptions): HallEvaluator {
  const { cable, random } = options;
  let { identity } = options;
  const flash = createNorFlash({ bytes: LINUX.flashBytes, pageBytes: LINUX.pageBytes });
  const provision = (journalBefore: Partial<PreparedFlash> = {}) => {
    const parts = prepareFlash({ ...identity, records: 0, acked: 0, ...journalBefore }, LINUX);
    for (const { data, offset } of [parts.journal, parts.identity]) flash.image.set(data, offset);
  };
  provision(options.before);
  const settings = { gateway: '10.0.0.1', port: 1883, healthSeconds: options.healthSeconds };
  const files = createMemoryFiles({
    ...options.firmware.files,
    'pj.net': Buffer.from(JSON.stringify(settings)),
  });
  let isOn = false;
  let boots = 0;
  let cutIn: number | undefined;

  const cut = (operation: string) => {
    isOn = false;
    cutIn = undefined;
    cable.loseEvaluator();
    device.powerOff();
    options.onCut(operation);
  };
  const isIn = (address: number, area: { offset: number; bytes: number }) =>
    address >= area.offset && address < area.offset + area.bytes;
  flash.beforeOperation = ({ address, data }) => {
    const isJournal = isIn(address, LINUX.journal);
    if (isJournal && !data) options.onErase();
    if (cutIn === undefined) return undefined;
    cutIn -= 1;
    if (cutIn >= 0) return undefined;
    cut(`${data ? 'a write' : 'an erase'} of its ${isJournal ? 'journal' : 'identity'}`);
    const bytes = data ? Math.floor(random() * (data.length + 1)) : 0;
    // An interrupted erase leaves any mixture of what was there, all ones, and neither.
    const content = random() < 0.5 ? undefined : () => Math.floor(random() * 256);
    return { bytes, keptBits: Math.floor(random() * 256), ...(content && { content }) };
  };
  /** Whatever the program still does in the turn that lost the power reaches nothing. */
  const chip: FlashChip = {
    bytes: LINUX.flashBytes,
    pageBytes: LINUX.pageBytes,
    read: (address, length) => flash.read(address, length),
    write(address, data) {
      if (!isOn) throw new PowerCut('no power');
      flash.write(address, data);
    },
    erasePage(address) {
      if (!isOn) throw new PowerCut('no power');
      flash.erasePage(address);
    },
  };
  const device = createEspruinoDevice({
    isBlind: true,
    sharesGround: true,
    ports: { clock: drifting(options.clock, options.driftRate), net: cable.net, flash: chip, files },
  });
  device.onConsoleLine((line) => {
    if (isOn && !line.startsWith(FRAME))
      options.onLine(line.startsWith(PREFIX) ? line.slice(PREFIX.length) : line);
  });

  return {
    get identity() {
      return identity;
    },
    cable,
    flash,
    get powered() {
      return isOn;
    },
    get boots() {
      return boots;
    },
    powerOn() {
      if (isOn) return;
      isOn = true;
      boots += 1;
      device.powerOn();
    },
    powerOff() {
      if (!isOn) return;
      isOn = false;
      cutIn = undefined;
      cable.loseEvaluator();
      device.powerOff();
    },
    cutAtOperation(after) {
      cutIn = after;
    },
    press(level) {
      if (isOn) device.prompt(`press(${level})`);
    },
    eraseAndProvision: (since) => provision({ boots: since }),
    becomeAnother(next) {
      identity = next;
      provision();
    },
    meddler: options.meddler,
    artefact: () => ({
      id: identity.device,
      window: identity.window,
      handle: identity.handle,
      key: identity.key,
      gen: identity.gen,
      flash: flash.image.slice(),
      pageBytes: LINUX.pageBytes,
      journal: LINUX.journal,
      identity: LINUX.identity,
    }),
  };
}

function drifting(clock: WorldClock, rate: number): WorldClock {
  return {
    wallMs: clock.wallMs,
    monotonicMs: () => clock.monotonicMs() * (1 + rate),
    after: (delayMs, run) => clock.after(delayMs / (1 + rate), run),
  };
}
