// The real gateway in a virtual world: what `startGateway` composes, on adapters in virtual time. Its process can end at
// any moment, its machine can lose power, its database can be put back; the API is called without a socket.
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Broker } from '../../gateway/broker/broker.ts';
import type { Nonces } from '../../gateway/broker/nonces.ts';
import { type Gateway, startGateway } from '../../gateway/compose.ts';
import type { GatewayConfig } from '../../gateway/config/load.ts';
import type { CommandName } from '../../gateway/ports.ts';
import { openScreens, type Screens } from '../../gateway/screens/screens.ts';
import type { Commands } from '../../gateway/store/commands/commands.ts';
import type { HttpPost } from '../../gateway/upstream/national-http.ts';
import { encodeProbeAnswer, parseProbe } from '../../protocol/probe.ts';
import type { Random } from '../people/random.ts';
import type { SimulatedServer } from '../server.ts';
import type { DiskCopy, VirtualDisk } from './disk/virtual-disk.ts';
import { createMachineClock, type MachineClock } from './gateway-clock.ts';
import { GatewaySocket } from './gateway-socket.ts';
import { makeVirtualStorage, type StorageHooks, type VirtualStorage } from './virtual-storage.ts';
import type { World } from './world.ts';

export interface ApiCall {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  path: string;
  body?: object;
  idempotencyKey?: string;
}

export interface ApiAnswer {
  status: number;
  body: Record<string, unknown>;
}

export interface VirtualGateway {
  readonly clock: MachineClock;
  readonly running: boolean;
  /** Listens, when it runs. */
  server(): SimulatedServer | undefined;
  start(): Promise<void>;
  /** In order, as by an operator. */
  stop(): Promise<void>;
  /** At once: its process ends, or its machine loses power and with it what was not synced. */
  end(how: 'process' | 'power'): void;
  /** Undefined when no answer came: it does not run, or was ended meanwhile. */
  call(call: ApiCall): Promise<ApiAnswer | undefined>;
  /** As another program with a writer of its own. */
  operate<N extends CommandName>(name: N, input: Commands[N]['in']): Commands[N]['out'];
  /** Its files are put back as they were, only while it does not run. */
  putBack(copy: DiskCopy): void;
}

export interface VirtualGatewayOptions {
  world: World;
  config: GatewayConfig;
  apiKey: string;
  /** At the data folder. */
  disk: VirtualDisk;
  random: Random;
  post: HttpPost;
  /** A process of it ended, by itself or not. */
  onEnded(): void;
  storage: Pick<
    StorageHooks,
    'commitDelayMs' | 'beforeCommit' | 'afterCommit' | 'afterFailure' | 'operatorsApart'
  >;
}

let sharedScreens: Screens | undefined;

export function createVirtualGateway(options: VirtualGatewayOptions): VirtualGateway {
  const { world, disk, random } = options;
  const clock = createMachineClock(world.clock);
  let run: Run | undefined;

  const requireDown = () => {
    if (run) throw new Error('the gateway runs');
  };

  return {
    clock,
    get running() {
      return run?.app !== undefined;
    },
    server: () => run?.server,
    async start() {
      requireDown();
      const started = new Run(options, clock);
      run = started;
      try {
        await started.start(random);
      } catch (error) {
        if (run === started) run = undefined;
        started.die();
        started.storage.close();
        throw error;
      }
    },
    async stop() {
      const stopping = run;
      if (!stopping) return;
      await stopping.stop();
      run = undefined;
      options.onEnded();
    },
    end(how) {
      const ended = run;
      run = undefined;
      if (ended) {
        ended.die();
        world.dropTurns();
      }
      if (how === 'power') disk.crash();
      else disk.kill();
      if (!ended) return;
      ended.storage.close();
      ended.dropCalls();
      options.onEnded();
      world.touch();
    },
    async call(call) {
      return run?.call(call);
    },
    operate: (name, input) => {
      if (!run) throw new Error('the gateway does not run');
      world.touch();
      return run.storage.applyOutside(name, input);
    },
    putBack(copy) {
      requireDown();
      disk.restore(copy);
    },
  };
}

/** One process of it. */
class Run {
  alive = true;
  app: FastifyInstance | undefined;
  server: SimulatedServer | undefined;
  readonly storage: VirtualStorage;
  readonly #options: VirtualGatewayOptions;
  readonly #clock: MachineClock;
  readonly #unanswered = new Set<() => void>();
  readonly #ended: Promise<undefined>;
  #end: () => void = () => undefined;
  #gateway: Gateway | undefined;
  #starting = true;

  constructor(options: VirtualGatewayOptions, clock: MachineClock) {
    this.#options = options;
    this.#clock = clock;
    this.#ended = new Promise((resolve) => {
      this.#end = () => resolve(undefined);
    });
    this.storage = makeVirtualStorage({
      clock: this.#processClock(),
      isAlive: () => this.alive,
      ...options.storage,
      // A start must not need virtual time: nothing else goes on meanwhile.
      commitDelayMs: () => (this.#starting ? 0 : options.storage.commitDelayMs()),
    });
  }

  #processClock() {
    return this.#clock.of(
      () => this.alive,
      () => this.#options.world.touch(),
    );
  }

  async start(random: Random): Promise<void> {
    const { world, config, post } = this.#options;
    const starting = startGateway(config, {
      clock: this.#processClock(),
      random,
      logger: makeLogger((level, fields, message) => {
        if (this.alive) world.trace.say('gateway', `${level} ${message} ${describe(fields)}`);
      }),
      lockFolder: () => ({ release: () => undefined }),
      openStorage: this.storage.open,
      openScreens: () => {
        sharedScreens ??= openScreens({ onMissingGlyph: () => undefined });
        return sharedScreens;
      },
      listenForEvaluators: async ({ broker, nonces, hall }) => {
        broker!.watchSilence();
        this.server = this.#serve(broker!, nonces, hall);
        return { host: '10.0.0.1', port: 1883 };
      },
      serveHttp: async (app) => {
        this.app = app;
        return { host: '10.0.0.1', port: 8080 };
      },
      post,
    });
    // A process that ends while it starts never gets there.
    this.#gateway = await world.hold(Promise.race([starting, this.#ended]));
    this.#starting = false;
  }

  die(): void {
    this.alive = false;
    this.#end();
  }

  async stop(): Promise<void> {
    this.server = undefined;
    this.app = undefined;
    await this.#gateway?.stop();
    this.alive = false;
    this.dropCalls();
  }

  #serve(broker: Broker, nonces: Nonces, hall: string): SimulatedServer {
    const { world } = this.#options;
    return {
      accept: (connection) => {
        world.touch();
        const socket = new GatewaySocket(connection);
        broker.accept(socket as unknown as Socket);
        return {
          onData: (bytes) => {
            if (!this.alive) return;
            world.touch();
            socket.take(bytes);
          },
          onClose: () => {
            if (!this.alive) return;
            world.touch();
            socket.ended();
          },
        };
      },
      answer: (datagram) => {
        const probe = parseProbe(Buffer.from(datagram));
        if (probe?.hall !== hall) return undefined;
        return Buffer.from(encodeProbeAnswer({ token: probe.token, nonce: nonces.issue(probe) }));
      },
    };
  }

  call({ method, path, body, idempotencyKey }: ApiCall): Promise<ApiAnswer | undefined> {
    const { app } = this;
    if (!app) return Promise.resolve(undefined);
    this.#options.world.touch();
    return new Promise((resolve, reject) => {
      const gone = () => resolve(undefined);
      this.#unanswered.add(gone);
      app
        .inject({
          method,
          url: path,
          headers: {
            authorization: `Bearer ${this.#options.apiKey}`,
            ...(body && { 'content-type': 'application/json' }),
            ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
          },
          ...(body && { payload: JSON.stringify(body) }),
        })
        .then((answer) => {
          this.#unanswered.delete(gone);
          if (this.alive)
            resolve({ status: answer.statusCode, body: JSON.parse(answer.payload) as ApiAnswer['body'] });
        }, reject);
    });
  }

  dropCalls(): void {
    for (const gone of this.#unanswered) gone();
    this.#unanswered.clear();
  }
}

type Say = (level: string, fields: object, message: string) => void;

function makeLogger(say: Say): Logger {
  const at = (level: string) => (fields: unknown, message?: string) =>
    typeof fields === 'string' ? say(level, {}, fields) : say(level, fields as object, message ?? '');
  const nothing = () => undefined;
  const logger = {
    level: 'info',
    fatal: at('fatal'),
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: nothing,
    trace: nothing,
    silent: nothing,
    child: () => logger,
  };
  return logger as unknown as Logger;
}

function describe(fields: object): string {
  return JSON.stringify(fields, (key, value: unknown) => {
    if (value instanceof Error) return value.message;
    return key === 'url' ? undefined : value;
  });
}
