// ESP32 module with an ILI9341 panel (320×240, SPI), five keys with lights, and a buzzer. Pins are in the table
// below; README.md draws the wiring. Not seen on a board yet: the checklist says what to measure first.
import type { Hardware, KeyListener, SoundName, TimerId } from '../ports.ts';
import { ESP32_FLASH } from './flash-areas.ts';
import { initialize, openWindow, READY_AFTER_MS } from './ili9341.ts';
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

// Chosen from the ESP32 datasheet, table "Pin Overview": no strapping pin drives a key, 34–39 are inputs without
// pull-up and carry an external 10 kΩ; 6–11 belong to the flash.
const KEY_PINS = [D32, D33, D25, D26, D27]; // level 1 to 5, to ground
const LIGHT_PINS = [D16, D17, D21, D22, D4]; // level 1 to 5
const BUZZER_PIN = D13;
const PANEL_PINS = { mosi: D23, miso: D19, sck: D18, select: D5, command: D2, reset: D15 };

/** Longer than the longest block of the interpreter: connecting to an address nobody answers at (35.6 s). */
const WATCHDOG_SECONDS = 60;
const WIFI_RETRY_MS = 10_000;
/** As long as the interpreter may be busy before an edge is handled. */
const EDGE_LATE_LIMIT_MS = WATCHDOG_SECONDS * 1000;
const WINDOW_ROWS = 16;
const SPI_BAUD = 26_000_000;

/** Hertz and milliseconds. */
const TONES: Record<SoundName, [number, number]> = {
  key: [2000, 60],
  thanks: [1500, 250],
  refused: [400, 300],
  invite: [1000, 150],
};

export function createBoard(): Hardware {
  E.enableWatchdog(WATCHDOG_SECONDS, true);
  const strip = makeStrip();
  let nextRow = -1;
  SPI1.setup({ mosi: PANEL_PINS.mosi, miso: PANEL_PINS.miso, sck: PANEL_PINS.sck, baud: SPI_BAUD });
  initialize(PANEL_PINS, timers);
  const wifi = startWifi();
  for (const pin of LIGHT_PINS) pin.mode('output');

  return {
    board: 'esp32-ili9341',
    slot: runningSlot(),
    timers,
    flash: makeFlash(4096),
    journalArea: ESP32_FLASH.journal,
    identityArea: ESP32_FLASH.identity,
    compactAndRestart,
    storageReserveBytes: ESP32_FLASH.storageReserveBytes,
    panel: {
      widthPx: PANEL_WIDTH_PX,
      heightPx: PANEL_HEIGHT_PX,
      stripRows: STRIP_ROWS,
      canvas: strip,
      readyAtMs: timers.uptimeMs() + READY_AFTER_MS,
      show(y) {
        // Rows that follow each other need one window; a new one now and then, should a bit have slipped.
        if (y !== nextRow || y % WINDOW_ROWS === 0) openWindow(PANEL_PINS, y);
        SPI1.write(strip.buffer);
        nextRow = y + STRIP_ROWS;
      },
      done() {
        PANEL_PINS.select.set();
        nextRow = -1;
      },
    },
    feedback: {
      lights(mask) {
        for (let index = 0; index < LIGHT_PINS.length; index++)
          LIGHT_PINS[index]!.write((mask & (1 << index)) !== 0);
      },
      sound(name) {
        const tone = TONES[name];
        analogWrite(BUZZER_PIN, 0.5, { freq: tone[0] });
        timers.after(tone[1], () => BUZZER_PIN.reset());
      },
    },
    network: { linked: wifi.linked, linkFault: wifi.linkFault, rssi: wifi.rssi, connect, datagrams },
    files,
    native,
    listenKeys,
    command,
    part,
    tell: (kind, text) => print(`PJ1 ${kind} ${text}`),
  };
}

/**
 * Level and time are the edge's own: the pin may be up again when the event is handled. An edge from before the
 * clock was set has no time that means anything, and happened now.
 */
function listenKeys(listener: KeyListener): void {
  KEY_PINS.forEach((pin, index) => {
    pin.mode('input_pullup');
    const heard = (edge: EspruinoEdge) => {
      const lateMs = Math.round((getTime() - edge.time) * 1000);
      const known = lateMs > 0 && lateMs < EDGE_LATE_LIMIT_MS;
      listener(index + 1, !edge.state, timers.uptimeMs() - (known ? lateMs : 0));
    };
    setWatch(heard, pin, { repeat: true, edge: 'both' });
  });
}

function startWifi() {
  const wifi = library('Wifi');
  const settings = part('start')!.readSettings(files);
  let linked = false;
  let linkFault: 'no-link' | 'no-wifi' | 'wifi-password' = 'no-link';
  let retry: TimerId | undefined;
  wifi.stopAP();
  // Its console is on at every start of an ESP32 and asks for nothing (espruino.md).
  library('TelnetServer').setOptions({ mode: 'off' });
  const join = () => {
    retry = undefined;
    if (linked || !settings.wifi) return;
    wifi.connect(settings.wifi, { password: settings.password || '' }, (error) => {
      if (error) {
        linkFault = faultOf(`${error}`);
        joinLater();
      }
    });
  };
  /** A failed join is told twice, by its callback and as `disconnected`: one retry for both. */
  const joinLater = () => {
    if (retry === undefined) retry = timers.after(WIFI_RETRY_MS, join);
  };
  wifi.on('connected', () => {
    linked = true;
  });
  wifi.on('disconnected', () => {
    linked = false;
    joinLater();
  });
  join();
  return {
    linked: () => linked,
    linkFault: () => linkFault,
    rssi: () => (linked ? wifi.getDetails().rssi : 0),
  };
}

/** By what the interpreter calls the reasons of a join that failed (src: wifiReasonToString). */
function faultOf(error: string): 'no-link' | 'no-wifi' | 'wifi-password' {
  if (error.includes('NO_AP_FOUND')) return 'no-wifi';
  return ['AUTH_FAIL', 'HANDSHAKE', 'MIC_FAILURE'].some((reason) => error.includes(reason))
    ? 'wifi-password'
    : 'no-link';
}
