// Serial and SPI ports that record: what is written is told to the host as bytes; on SPI a chip may answer. USB and
// the console are one, as on the Linux build.

import { binaryString, toBytes } from './bytes.ts';
import type { Host } from './host.ts';

const SERIAL_PORTS = ['Serial1', 'Serial2', 'Serial3'];
const SPI_PORTS = ['SPI1', 'SPI2', 'SPI3'];

/** Answers on an SPI port while its pin selects it, byte for byte. */
export interface BusChip {
  bus: string;
  selectPin: number;
  exchange(sent: Uint8Array): Uint8Array;
}

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
    send: (data: unknown, select?: unknown) => {
      record([data]);
      const sent = toBytes(data).slice();
      const chip = host.chips.find((known) => known.bus === bus && `D${known.selectPin}` === String(select));
      const answer = chip ? chip.exchange(sent) : new Uint8Array(sent.length);
      return typeof data === 'number' ? answer[0] : host.realm.bytes(answer);
    },
  });
}
