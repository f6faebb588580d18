// The libraries that only an ESP32 build has, as far as our board uses them: a Wi-Fi that always lets the device
// in and never loses it (cut its streams instead), and the radio switches. Switching Bluetooth erases the boot code
// and restarts, as on a board.

import type { Host } from './host.ts';

const SIGNAL_DBM = -50;

export function createEsp32Libraries(host: Host): Record<string, object> {
  const { realm, loop } = host;
  let joined: string | undefined;
  const wifi: object = realm.object({
    connect(name: unknown, options: unknown, done?: (error: null) => void) {
      const told = typeof options === 'function' ? (options as (error: null) => void) : done;
      joined = String(name);
      realm.emit(wifi, 'associated');
      realm.emit(wifi, 'connected');
      if (told) loop.post(() => told(null));
    },
    disconnect() {
      joined = undefined;
      realm.emit(wifi, 'disconnected');
    },
    stopAP: () => undefined,
    setHostname: () => undefined,
    save: () => undefined,
    getDetails: () =>
      realm.object({ status: joined === undefined ? 'off' : 'connected', rssi: SIGNAL_DBM, ssid: joined }),
    getIP: () => realm.object({ ip: '127.0.0.1' }),
  });
  const esp32 = realm.object({
    enableBLE() {
      host.ports.files.erase('.bootcde');
      host.restart();
    },
    enableWifi: () => undefined,
    reboot: () => host.restart(),
  });
  return { Wifi: wifi, ESP32: esp32 };
}
