// The file `pj.net`: how to reach the gateway, and the language of the screens. What is missing or malformed is
// left out; the link says then that it has no way to the gateway. Never throws. A Wi-Fi that the set-up page was given
// counts instead of the one that was written over the serial line before.
import type { Files } from './ports.ts';

const HEALTH_MIN_SECONDS = 10;
const HEALTH_MAX_SECONDS = 3600;
const VOICE_VOLUME_MAX = 30;
const SETUP_MAX_MINUTES = 1440;

export interface Settings {
  /** Numeric address: a look-up would block the interpreter. */
  gateway?: string;
  /** MQTT over TCP and the probe over UDP. */
  port?: number;
  /** MQTT goes to a broker that is not the gateway's own: the password is another. */
  external?: boolean;
  /** Where the gateway answers probes, if not at `gateway`; numeric. */
  probe?: string;
  /** Of the screens: Chinese unless 'en'. */
  language?: string;
  /** Light on black where it is 'high'. */
  contrast?: string;
  /** Between two heartbeats. */
  healthSeconds?: number;
  /** Volume of spoken prompts, 1 to 30, for boards with a voice module; 0 is none. */
  voice?: number;
  /** Name and password of the Wi-Fi, for boards that have one. */
  wifi?: string;
  password?: string;
  /** Without the gateway for so long, the set-up page is offered; 0 is never. */
  setupMinutes?: number;
}

/** Of the Wi-Fi that the set-up page was given: the newer whole one counts. */
export const WIFI_FILES = ['pj.w0', 'pj.w1'];

export interface SavedWifi {
  /** Which of the files. */
  file: number;
  /** Greater in the newer one. */
  n: number;
  wifi: string;
  password: string;
}

/** Undefined where there is none, or provisioning has given another Wi-Fi since. A torn file is no JSON. */
export function newestWifi(files: Pick<Files, 'read'>, given: Settings): SavedWifi | undefined {
  const over = [given.wifi || '', given.password || ''];
  let newest: SavedWifi | undefined;
  for (let file = 0; file < WIFI_FILES.length; file++) {
    const saved = readSaved(files.read(WIFI_FILES[file]!) || '{}');
    if (!isText(saved.wifi) || !isText(saved.password) || !isText(saved.over)) continue;
    if (saved.over !== over.join('\n') || !(saved.n! >= 1)) continue;
    if (!newest || saved.n! > newest.n)
      newest = { file: file, n: saved.n!, wifi: saved.wifi, password: saved.password };
  }
  return newest;
}

function readSaved(text: string): { n?: number; over?: string; wifi?: string; password?: string } {
  try {
    return JSON.parse(text) || {};
  } catch {
    return {};
  }
}

export function readSettings(files: Files): Settings {
  const settings: Settings = {};
  try {
    const given = JSON.parse(files.read('pj.net') || '{}') || settings;
    if (isAddress(given.gateway)) settings.gateway = given.gateway;
    if (isPort(given.port)) settings.port = given.port;
    if (given.external === true) settings.external = true;
    if (isAddress(given.probe)) settings.probe = given.probe;
    if (isText(given.language)) settings.language = given.language;
    if (isText(given.contrast)) settings.contrast = given.contrast;
    if (given.healthSeconds >= HEALTH_MIN_SECONDS && given.healthSeconds <= HEALTH_MAX_SECONDS)
      settings.healthSeconds = given.healthSeconds;
    if (given.voice >= 1 && given.voice <= VOICE_VOLUME_MAX) settings.voice = Math.floor(given.voice);
    if (isText(given.wifi)) settings.wifi = given.wifi;
    if (isText(given.password)) settings.password = given.password;
    if (given.setupMinutes >= 0 && given.setupMinutes <= SETUP_MAX_MINUTES)
      settings.setupMinutes = given.setupMinutes;
    const saved = newestWifi(files, settings);
    if (saved) {
      settings.wifi = saved.wifi;
      settings.password = saved.password;
    }
  } catch {
    return settings;
  }
  return settings;
}

const isText = (value: unknown): value is string => typeof value === 'string';

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && value >= 1 && value <= 65_535 && value === Math.floor(value);

function isAddress(value: unknown): value is string {
  if (!isText(value)) return false;
  const parts = value.split('.');
  return parts.length === 4 && parts.every((part) => /^[0-9]+$/.test(part) && Number(part) <= 255);
}
