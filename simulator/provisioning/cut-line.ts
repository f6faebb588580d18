// A line to a board that breaks after so many bytes have gone to it, once.
import { connect, createServer, type Socket } from 'node:net';

export interface CutLine {
  port: string;
  /** To the board so far. */
  sentBytes(): number;
  stop(): Promise<void>;
}

export async function cutAfter(
  promptPort: number,
  limitBytes: number,
  onCut: () => Promise<void> | undefined,
): Promise<CutLine> {
  let sentBytes = 0;
  let cutting: Promise<void> | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((caller) => {
    const board = connect(promptPort, '127.0.0.1');
    const end = () => {
      caller.destroy();
      board.destroy();
    };
    for (const socket of [caller, board]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', end);
    }
    board.on('data', (bytes) => caller.write(bytes));
    caller.on('data', (bytes) => {
      const allowed = bytes.subarray(0, Math.max(0, limitBytes - sentBytes));
      sentBytes += allowed.length;
      board.write(allowed);
      if (allowed.length === bytes.length) return;
      board.end(() => end());
      cutting ??= onCut() ?? Promise.resolve();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: `tcp://127.0.0.1:${(server.address() as { port: number }).port}`,
    sentBytes: () => sentBytes,
    async stop() {
      await cutting;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}
