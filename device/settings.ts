// The file `pj.net`: how to reach the gateway, and the language of the screens. What is missing or malformed is
// undefined; the link says then that it has no way to the gateway.
import type { Files } from './ports.ts';

export interface Settings {
  /** Numeric address: a look-up would block the interpreter. */
  gateway?: string;
  /** MQTT over TCP and the probe over UDP. */
  port?: number;
  /** Of the screens: Chinese unless 'en'. */
  language?: string;
}

export function readSettings(files: Files): Settings {
  try {
    return JSON.parse(files.read('pj.net') ?? '{}');
  } catch {
    return {};
  }
}
