// The Linux build of the interpreter as a board: its panel, lights and sounds are lines on the console, its keys
// and its mirror are functions typed at the prompt. README.md lists the lines and the functions.
import type { Hardware, KeyListener } from '../ports.ts';
import { LINUX_FLASH } from './flash-areas.ts';
import {
  command,
  compactAndRestart,
  connect,
  datagrams,
  files,
  makeFlash,
  native,
  part,
  runningSlot,
  timers,
} from './interpreter.ts';
import { makeStrip, PANEL_HEIGHT_PX, PANEL_WIDTH_PX, STRIP_ROWS } from './strip.ts';

const KEY_HOLD_MS = 50;

const tell = (kind: string, text: string | number) => print(`PJ1 ${kind} ${text}`);

export function createBoard(): Hardware {
  const strip = makeStrip();
  const buffer = strip.buffer;
  // The quickest sum that the interpreter has: drawing must not be slow because it is watched.
  const hash = library('crypto').SHA512;
  const sums = new Uint32Array(PANEL_HEIGHT_PX / STRIP_ROWS);
  /** Sums of the strips that were told; only while mirroring. */
  let mirrored: Uint32Array | undefined;
  let listener: KeyListener | undefined;

  command('press', (argument) => {
    const level = Number(argument);
    if (!listener || !(level >= 1 && level <= 5)) return;
    listener(level, true, timers.uptimeMs());
    timers.after(KEY_HOLD_MS, () => listener?.(level, false, timers.uptimeMs()));
  });
  command('mirror', (argument) => {
    mirrored = argument === true ? new Uint32Array(sums.length) : undefined;
  });

  return {
    board: 'linux',
    slot: runningSlot(),
    timers,
    flash: makeFlash(LINUX_FLASH.pageBytes),
    journalArea: LINUX_FLASH.journal,
    identityArea: LINUX_FLASH.identity,
    compactAndRestart,
    storageReserveBytes: LINUX_FLASH.storageReserveBytes,
    panel: {
      widthPx: PANEL_WIDTH_PX,
      heightPx: PANEL_HEIGHT_PX,
      stripRows: STRIP_ROWS,
      canvas: strip,
      show(y) {
        const index = y / STRIP_ROWS;
        const sum = E.CRC32(hash(buffer));
        sums[index] = sum;
        if (!mirrored || mirrored[index] === sum) return;
        mirrored[index] = sum;
        const packed = library('heatshrink').compress(buffer);
        tell('strip', `${y} ${btoa(E.toString(packed))}`);
      },
      done: () => tell('frame', E.CRC32(sums.buffer as ArrayBuffer).toString(16)),
    },
    feedback: {
      lights: (mask) => tell('lights', mask),
      sound: (name) => tell('sound', name),
    },
    network: { linked: () => true, linkFault: () => 'no-link', rssi: () => 0, connect, datagrams },
    files,
    // Setting this build's clock leaves the clock and stops its timers (measured): the link's offset is enough.
    native: Object.assign(native, { setWallClock: keepClock }),
    listenKeys(keys) {
      listener = keys;
    },
    command,
    part,
    tell,
  };
}

function keepClock(): void {
  // The machine's clock is not ours to set.
}
