// The way between one evaluator and the gateway in virtual time, with what happens to real ones: delay that differs by
// connection, loss (which TCP makes up for by sending again, late), a pulled cable, ends that vanish without a word
// and leave the other half open, datagrams lost or doubled. Within a connection bytes keep their order; those of an
// older connection may come after those of a newer one.
import type { Random } from '../people/random.ts';
import type { Stream, StreamHandlers, WorldClock, WorldNet } from '../ports.ts';
import type { ConnectionHandlers, SimulatedServer } from '../server.ts';
import { BLACKHOLE_MS } from './virtual-net.ts';

/** Espruino reads a socket in pieces of this length. */
const PIECE_BYTES = 536;
/** TCP's first and longest pause before it sends again, as seen from outside. */
const RESEND_MS = [200, 3000] as const;
const TIMED_OUT = -3;
const REFUSED = -9;

export interface Weather {
  /** One way, milliseconds; drawn for each connection. */
  delayMs: readonly [least: number, most: number];
  /** Share of segments that are sent again, and of datagrams that are lost. */
  loss: number;
  /** Share of datagrams that arrive twice. */
  doubled: number;
}

export const FINE_WEATHER: Weather = { delayMs: [1, 1], loss: 0, doubled: 0 };

export interface FaultyCable {
  readonly net: WorldNet;
  readonly plugged: boolean;
  weather: Weather;
  pull(): void;
  plug(): void;
  /** Ends every connection at both ends, as the end of the gateway's process does. */
  reset(): void;
  /** The evaluator is without power: it says nothing more, and the gateway is not told. */
  loseEvaluator(): void;
  /** The gateway's machine is without power: the evaluator is not told. */
  loseGateway(): void;
}

export interface FaultyCableOptions {
  clock: WorldClock;
  random: Random;
  /** Undefined while nothing listens. */
  server(): SimulatedServer | undefined;
  /** The machine of the gateway has power. */
  machineIsUp(): boolean;
}

/** One direction of one connection. */
interface Line {
  lastMs: number;
  held: (() => void)[];
  releasing: boolean;
}

interface Connection {
  delayMs: number;
  toGateway: Line;
  toEvaluator: Line;
  /** Undefined once that end is closed or gone. */
  evaluator: StreamHandlers | undefined;
  gateway: ConnectionHandlers | undefined;
  /** That end vanished without a word. */
  evaluatorLost: boolean;
  gatewayLost: boolean;
}

const newLine = (): Line => ({ lastMs: 0, held: [], releasing: false });

export function createFaultyCable({ clock, random, server, machineIsUp }: FaultyCableOptions): FaultyCable {
  let plugged = true;
  let weather = FINE_WEATHER;
  const connections = new Set<Connection>();
  const between = ([least, most]: readonly [number, number]) =>
    least + Math.floor(random() * (most - least + 1));

  const send = (connection: Connection, line: Line, deliver: () => void) => {
    const nowMs = clock.monotonicMs();
    const again = weather.loss > 0 && random() < weather.loss ? between(RESEND_MS) : 0;
    line.lastMs = Math.max(line.lastMs, nowMs + connection.delayMs + again);
    clock.after(line.lastMs - nowMs, () => {
      if (plugged && line.held.length === 0) deliver();
      else line.held.push(deliver);
    });
  };
  const release = (line: Line) => {
    if (line.held.length === 0 || line.releasing) return;
    line.releasing = true;
    clock.after(between(RESEND_MS), () => {
      line.releasing = false;
      while (plugged && line.held.length > 0) line.held.shift()!();
    });
  };
  const forgetIfOver = (connection: Connection) => {
    if (!connection.evaluator && !connection.gateway) connections.delete(connection);
  };
  const closeEvaluator = (connection: Connection, code: number) => {
    const { evaluator } = connection;
    connection.evaluator = undefined;
    forgetIfOver(connection);
    evaluator?.onClose(code);
  };
  const closeGateway = (connection: Connection) => {
    const { gateway } = connection;
    connection.gateway = undefined;
    forgetIfOver(connection);
    gateway?.onClose();
  };

  const atGateway = (connection: Connection, deliver: (gateway: ConnectionHandlers) => void) => {
    if (connection.gateway) deliver(connection.gateway);
    // A machine that is up again knows nothing of the connection and says so.
    else if (connection.gatewayLost && machineIsUp())
      send(connection, connection.toEvaluator, () => closeEvaluator(connection, 0));
  };
  const atEvaluator = (connection: Connection, deliver: (evaluator: StreamHandlers) => void) => {
    if (connection.evaluator) deliver(connection.evaluator);
    else if (connection.evaluatorLost) send(connection, connection.toGateway, () => closeGateway(connection));
  };

  const open = (handlers: StreamHandlers): Stream => {
    const connection: Connection = {
      delayMs: between(weather.delayMs),
      toGateway: newLine(),
      toEvaluator: newLine(),
      evaluator: handlers,
      gateway: undefined,
      evaluatorLost: false,
      gatewayLost: false,
    };
    connections.add(connection);
    if (!plugged || !machineIsUp()) {
      clock.after(BLACKHOLE_MS, () => closeEvaluator(connection, TIMED_OUT));
      return { write: () => undefined, end: () => closeEvaluator(connection, 0) };
    }
    clock.after(2 * connection.delayMs, () => {
      if (!connection.evaluator) return;
      const listening = server();
      if (!listening) return closeEvaluator(connection, REFUSED);
      connection.gateway = listening.accept({
        write: (bytes) =>
          send(connection, connection.toEvaluator, () =>
            atEvaluator(connection, () => {
              for (let at = 0; at < bytes.length; at += PIECE_BYTES)
                connection.evaluator?.onData(bytes.subarray(at, at + PIECE_BYTES));
            }),
          ),
        end: () => {
          send(connection, connection.toEvaluator, () => closeEvaluator(connection, 0));
          connection.gateway = undefined;
        },
      });
      handlers.onConnect();
    });
    return {
      write(bytes) {
        send(connection, connection.toGateway, () => {
          atGateway(connection, (gateway) => gateway.onData(bytes));
          connection.evaluator?.onDrain();
        });
      },
      end() {
        if (!connection.evaluator) return;
        connection.evaluator = undefined;
        send(connection, connection.toGateway, () => closeGateway(connection));
      },
    };
  };

  return {
    net: {
      connect: (_to, handlers) => open(handlers),
      openDatagrams(handlers) {
        let closed = false;
        const isLost = () => !plugged || !machineIsUp() || (weather.loss > 0 && random() < weather.loss);
        return {
          send(bytes, to) {
            if (isLost()) return;
            const times = weather.doubled > 0 && random() < weather.doubled ? 2 : 1;
            for (let time = 0; time < times; time += 1)
              clock.after(2 * between(weather.delayMs), () => {
                if (closed || !plugged) return;
                const answer = server()?.answer(bytes);
                if (answer) handlers.onMessage(answer, to);
              });
          },
          close() {
            closed = true;
          },
        };
      },
    },
    get plugged() {
      return plugged;
    },
    get weather() {
      return weather;
    },
    set weather(next: Weather) {
      weather = next;
    },
    pull() {
      plugged = false;
    },
    plug() {
      plugged = true;
      for (const { toGateway, toEvaluator } of connections) {
        release(toGateway);
        release(toEvaluator);
      }
    },
    reset() {
      for (const connection of [...connections]) {
        connection.gateway = undefined;
        if (plugged) closeEvaluator(connection, 0);
        else connection.gatewayLost = true;
      }
    },
    loseEvaluator() {
      for (const connection of connections) {
        connection.evaluator = undefined;
        connection.evaluatorLost = true;
      }
    },
    loseGateway() {
      for (const connection of connections) {
        connection.gateway = undefined;
        connection.gatewayLost = true;
      }
    },
  };
}
