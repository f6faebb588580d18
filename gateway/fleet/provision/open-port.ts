// Opens the port a board is at: a serial device by its name, or a serial server's (or a simulated board's) address
// as tcp://host:port. What goes wrong becomes a failure a person can act on.
import { connect } from 'node:net';
import type { ByteStream } from './byte-stream.ts';
import { ProvisionFailure } from './failures.ts';

export const DEFAULT_BAUD = 115_200;
const CONNECT_LIMIT_MS = 5000;

export async function openPort(port: string, baud = DEFAULT_BAUD): Promise<ByteStream> {
  const address = /^tcp:\/\/\[?([^\]]+?)\]?:(\d{1,5})$/.exec(port);
  return address ? openTcp(address[1]!, Number(address[2])) : openSerial(port, baud);
}

function openTcp(host: string, port: number): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    if (port < 1 || port > 65_535) throw new ProvisionFailure('port.missing', `there is no port ${port}`);
    const socket = connect({ host, port, noDelay: true, timeout: CONNECT_LIMIT_MS });
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
    socket.once('error', (error) => reject(new ProvisionFailure('port.missing', error.message)));
    socket.once('connect', () => {
      socket.setTimeout(0);
      // From now on its end is told by 'close'.
      socket.on('error', () => socket.destroy());
      resolve({
        write: (text) => void socket.write(text, 'latin1'),
        onText: (listener) => void socket.on('data', (bytes: Buffer) => listener(bytes.toString('latin1'))),
        onEnd: (listener) => void socket.once('close', listener),
        close: () =>
          new Promise((done) => {
            if (socket.closed) return done();
            socket.once('close', () => done());
            socket.destroySoon();
          }),
      });
    });
  });
}

async function openSerial(path: string, baudRate: number): Promise<ByteStream> {
  // Loaded here only: it brings a native library.
  const { SerialPort } = await import('serialport');
  const serial = new SerialPort({ path, baudRate, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    serial.open((error) => (error ? reject(serialFailure(error)) : resolve()));
  });
  serial.on('error', () => serial.close());
  return {
    write: (text) => void serial.write(Buffer.from(text, 'latin1')),
    onText: (listener) => void serial.on('data', (bytes: Buffer) => listener(bytes.toString('latin1'))),
    onEnd: (listener) => void serial.once('close', listener),
    close: () => new Promise((done) => (serial.isOpen ? serial.close(() => done()) : done())),
  };
}

/** The library passes on the system's words. */
function serialFailure({ message }: Error): ProvisionFailure {
  if (/permission|access denied|EACCES/i.test(message)) return new ProvisionFailure('port.denied', message);
  if (/lock|busy|temporarily unavailable|EBUSY/i.test(message))
    return new ProvisionFailure('port.busy', message);
  return new ProvisionFailure('port.missing', message);
}
