// The file `pj.net`: how to reach the gateway, and the language of the screens. What is missing or malformed is
// left out; the link says then that it has no way to the gateway. Never throws.
import type { Files } from './ports.ts';

const HEALTH_MIN_SECONDS = 10;
const HEALTH_MAX_SECONDS = 3600;
const VOICE_VOLUME_MAX = 30;

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
