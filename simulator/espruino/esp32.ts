// The libraries that only an ESP32 build has, as far as our board uses them: a Wi-Fi that never loses the device (cut
// its streams instead) and lets it in, unless the network in reach has another name or password; the radio switches. Switching Bluetooth erases the boot code
// and restarts, as on a board.

import type { Host } from './host.ts';

export interface WifiNetwork {
  name: string;
  password: string;
}

/** What an ESP32 remembers beside its flash: a new one has Bluetooth on. */
export interface BoardMemory {
  bluetooth: boolean;
  /** Whether the console on the network is open; every start opens it. */
  telnet?: boolean;
  /** Its own access point, while it is on. */
  accessPoint?: { name: string; password: string } | undefined;
}

const SIGNAL_DBM = -50;
/** An estimate, so that whoever asks is told something. */
const FREE_HEAP_BYTES = 40_000;

export function createEsp32Libraries(
  host: Host,
  { nvs, wifi: network }: { nvs: BoardMemory; wifi: WifiNetwork | undefined },
): Record<string, object> {
  const { realm, loop } = host;
  let joined: string | undefined;
  let status = 'off';
  /** The interpreter's words for why a join failed. */
  const refusal = (name: string, password: unknown): string | undefined => {
    if (network === undefined) return undefined;
    if (network.name !== name) return 'NO_AP_FOUND';
    return network.password === (password ?? '') ? undefined : '4WAY_HANDSHAKE_TIMEOUT';
  };
  const wifi: object = realm.object({
    connect(name: unknown, options: unknown, done?: (error: string | null) => void) {
      const told = typeof options === 'function' ? (options as (error: string | null) => void) : done;
      const refused = refusal(String(name), (options as { password?: unknown } | undefined)?.password);
      if (refused !== undefined) {
        status = refused;
        realm.emit(wifi, 'disconnected', realm.object({ msg: refused }));
        if (told) loop.post(() => told(refused));
        return;
      }
      status = 'connected';
      joined = String(name);
      realm.emit(wifi, 'associated');
      realm.emit(wifi, 'connected');
      if (told) loop.post(() => told(null));
    },
    disconnect() {
      joined = undefined;
      status = 'off';
      realm.emit(wifi, 'disconnected');
    },
    startAP(name: unknown, options: { password?: unknown } | undefined, started?: () => void) {
      const password = String(options?.password ?? '');
      if (password !== '' && password.length < 8)
        throw realm.error('Password must be string of at least 8 characters');
      nvs.accessPoint = { name: String(name), password };
      if (started) loop.post(() => started());
    },
    stopAP() {
      nvs.accessPoint = undefined;
    },
    setHostname: () => undefined,
    save: () => undefined,
    getStatus: () => realm.object({ mode: joined === undefined ? 'NULL' : 'STA', station: status }),
    getDetails: () => realm.object({ status, rssi: SIGNAL_DBM, ssid: joined }),
    getIP: () => realm.object({ ip: '127.0.0.1' }),
  });
  const esp32 = realm.object({
    getState: () =>
      realm.object({ BLE: nvs.bluetooth, Wifi: true, freeHeap: FREE_HEAP_BYTES, minHeap: FREE_HEAP_BYTES }),
    enableBLE(on: unknown) {
      nvs.bluetooth = Boolean(on);
      host.ports.files.erase('.bootcde');
      host.restart();
    },
    enableWifi: () => undefined,
    reboot: () => host.restart(),
  });
  const telnet = realm.object({
    setOptions({ mode }: { mode?: unknown }) {
      if (mode !== 'on' && mode !== 'off') throw realm.error('Unknown mode value');
      nvs.telnet = mode === 'on';
    },
  });
  nvs.telnet = true;
  nvs.accessPoint = undefined;
  return { Wifi: wifi, ESP32: esp32, TelnetServer: telnet };
}
