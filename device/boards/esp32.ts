// What the ESP32 boards have alike: watchdog, ILI9341 panel on the first SPI port, Wi-Fi, raw flash. A board adds its
// pins, keys, lights and sound.
import type { Hardware, Network, TimerId } from '../ports.ts';
import type { Settings } from '../settings.ts';
import { ESP32_FLASH } from './flash-areas.ts';
import { initialize, openWindow, type PanelPins, READY_AFTER_MS } from './ili9341.ts';
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

/** Longer than the longest block of the interpreter: connecting to an address nobody answers at (35.6 s). */
export const WATCHDOG_SECONDS = 60;
const WIFI_RETRY_MS = 10_000;
/** As long as the interpreter may be busy before an edge is handled. */
const EDGE_LATE_LIMIT_MS = WATCHDOG_SECONDS * 1000;
const WINDOW_ROWS = 16;
const SPI_BAUD = 26_000_000;

export interface Esp32Board extends Pick<Hardware, 'board' | 'feedback' | 'listenKeys'> {
  panel: PanelPins & { mosi: EspruinoPin; miso: EspruinoPin; sck: EspruinoPin };
  /** Areas of the panel are the keys. */
  touch: boolean;
  /** To the serial input of a voice module, where the settings want one. */
  voicePin: EspruinoPin;
}

export function makeEsp32(own: Esp32Board): Hardware {
  E.enableWatchdog(WATCHDOG_SECONDS, true);
  const pins = own.panel;
  const strip = makeStrip();
  let nextRow = -1;
  SPI1.setup({ mosi: pins.mosi, miso: pins.miso, sck: pins.sck, baud: SPI_BAUD });
  initialize(pins, timers);
  const settings = part('start')!.readSettings(files);
  const network = startWifi(settings);
  const startVoice = settings.voice ? part('voice') : undefined;
  const say = startVoice
    ? startVoice({
        timers,
        serial: Serial2,
        pin: own.voicePin,
        volume: settings.voice!,
        english: settings.language === 'en',
      })
    : undefined;

  return {
    board: own.board,
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
      touch: own.touch,
      readyAtMs: timers.uptimeMs() + READY_AFTER_MS,
      show(y) {
        // Rows that follow each other need one window; a new one now and then, should a bit have slipped.
        if (y !== nextRow || y % WINDOW_ROWS === 0) openWindow(pins, y);
        SPI1.write(strip.buffer);
        nextRow = y + STRIP_ROWS;
      },
      done() {
        pins.select.set();
        nextRow = -1;
      },
    },
    feedback: own.feedback,
    network,
    files,
    native,
    listenKeys: own.listenKeys,
    command,
    part,
    tell(kind, text) {
      print(`PJ1 ${kind} ${text}`);
      if (say && kind === 'screen') say(text);
    },
  };
}

/**
 * Uptime of an edge: the pin may have changed again when the event is handled. An edge from before the clock was set
 * has no time that means anything, and happened now.
 */
export function uptimeOf(edge: EspruinoEdge): number {
  const lateMs = Math.round((getTime() - edge.time) * 1000);
  const known = lateMs > 0 && lateMs < EDGE_LATE_LIMIT_MS;
  return timers.uptimeMs() - (known ? lateMs : 0);
}

function startWifi(settings: Settings): Network {
  const wifi = library('Wifi');
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
    useWifi(name, password) {
      settings.wifi = name;
      settings.password = password;
      linked = false;
      join();
    },
    connect,
    datagrams,
  };
}

/** By what the interpreter calls the reasons of a join that failed (src: wifiReasonToString). */
function faultOf(error: string): 'no-link' | 'no-wifi' | 'wifi-password' {
  if (error.includes('NO_AP_FOUND')) return 'no-wifi';
  return ['AUTH_FAIL', 'HANDSHAKE', 'MIC_FAILURE'].some((reason) => error.includes(reason))
    ? 'wifi-password'
    : 'no-link';
}
