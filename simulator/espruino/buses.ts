// Serial and SPI ports that only record: what is written is told to the host as bytes, nothing answers. USB and
// the console are one, as on the Linux build.

import { binaryString, toBytes } from './bytes.ts';
import type { Host } from './host.ts';

const SERIAL_PORTS = ['Serial1', 'Serial2', 'Serial3'];
const SPI_PORTS = ['SPI1', 'SPI2', 'SPI3'];

export function installBuses(host: Host): void {
  const { realm } = host;
  for (const bus of SERIAL_PORTS) realm.define(bus, createSerial(host, bus));
  for (const bus of SPI_PORTS) realm.define(bus, createSpi(host, bus));
  realm.define('USB', {
    write: (...data: unknown[]) => host.console.write(binaryString(toBytes(data))),
    print: (text: unknown) => host.console.write(String(text)),
    println: (text: unknown) => host.console.write(`${text}\n`),
    setConsole: () => undefined,
  });
}

function createSerial(host: Host, bus: string): object {
  const record = (...data: unknown[]) =>
    host.hardware({ kind: 'bus-write', bus, bytes: toBytes(data).slice() });
  return host.realm.object({
    setup: (baud: unknown, options?: unknown) =>
      host.hardware({ kind: 'bus-setup', bus, options: { baud, options } }),
    unsetup: () => undefined,
    setConsole: () => undefined,
    write: record,
    print: (text: unknown) => record(String(text)),
    println: (text: unknown) => record(`${text}\r\n`),
    flush: () => undefined,
    available: () => 0,
    read: () => '',
  });
}

function createSpi(host: Host, bus: string): object {
  const record = (data: unknown[]) => host.hardware({ kind: 'bus-write', bus, bytes: toBytes(data).slice() });
  const isPin = (value: unknown) =>
    typeof value === 'object' && value !== null && /^D\d+$/.test(String(value));
  return host.realm.object({
    setup: (options: unknown) => host.hardware({ kind: 'bus-setup', bus, options }),
    /** The last argument may be the chip-select pin. */
    write: (...data: unknown[]) => record(isPin(data.at(-1)) ? data.slice(0, -1) : data),
    /** What comes back on a bus where nothing answers: as many zeros. */
    send: (data: unknown) => {
      record([data]);
      return typeof data === 'number' ? 0 : host.realm.bytes(new Uint8Array(toBytes(data).length));
    },
  });
}
