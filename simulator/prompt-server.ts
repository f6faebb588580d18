// The serial line of an evaluator's prompt on a TCP port, as a serial server in a hall puts it there. One at a time:
// a serial line has one user, a second caller is hung up on.
import { createServer, type Socket } from 'node:net';

/** One character a byte. */
export interface SerialLine {
  serialIn(text: string): void;
  onSerialOut(listener: (text: string) => void): void;
}

export interface PromptServer {
  port: number;
  stop(): Promise<void>;
}

/** A caller that does not read what the evaluator prints is hung up on. */
const UNREAD_LIMIT_BYTES = 1_048_576;

/** A caller may come before the end of the one before it is heard. */
const LEAVING_LIMIT_MS = 200;

/** Rejects with the server's error when the port is taken. */
export function servePrompt(line: SerialLine, at: { host: string; port: number }): Promise<PromptServer> {
  let caller: Socket | undefined;
  line.onSerialOut((text) => {
    if (!caller) return;
    if (caller.writableLength > UNREAD_LIMIT_BYTES) caller.destroy();
    else caller.write(text, 'latin1');
  });
  const serve = (socket: Socket) => {
    caller = socket;
    socket.on('data', (bytes) => line.serialIn(bytes.toString('latin1')));
    socket.on('close', () => {
      caller = undefined;
    });
  };
  const server = createServer({ noDelay: true }, (socket) => {
    // Its end is told by 'close'.
    socket.on('error', () => socket.destroy());
    if (!caller) return serve(socket);
    const refuse = setTimeout(() => socket.destroy(), LEAVING_LIMIT_MS);
    caller.once('close', () => {
      clearTimeout(refuse);
      if (caller) socket.destroy();
      else if (!socket.destroyed) serve(socket);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, () => {
      server.off('error', reject);
      resolve({
        port: (server.address() as { port: number }).port,
        stop: () =>
          new Promise((done) => {
            server.close(() => done());
            caller?.destroy();
          }),
      });
    });
  });
}
