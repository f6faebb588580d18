// One run of a device's program from power on or restart to its end: the context, its thread, timers, sockets and
// pins. When it is stopped, nothing of it runs or reaches the world again.

import { type BusChip, installBuses } from './buses.ts';
import { binaryString, toBytes } from './bytes.ts';
import { type ConsoleLines, formatValue } from './console.ts';
import { DatagramSockets } from './dgram.ts';
import { type BoardMemory, createEsp32Libraries, type WifiNetwork } from './esp32.ts';
import { type ConsoleLock, createE } from './espruino-object.ts';
import { EventLoop } from './event-loop.ts';
import { createFlash } from './flash.ts';
import { createGraphics } from './graphics.ts';
import type { FlashGeometry, HardwareEvent, Host, Ports } from './host.ts';
import { installModules } from './modules.ts';
import { Connections } from './net.ts';
import { Pins } from './pins.ts';
import { Prompt } from './prompt.ts';
import { DeviceRandom } from './random.ts';
import { Realm } from './realm.ts';
import { createStorage, type StorageModule } from './storage.ts';
import { Timers } from './timers.ts';
import { toJs } from './to-js.ts';

/** The development version after 2v29 that everything here was measured on. */
export const VERSION = '2v29.277';
const BOOT_CODE = '.bootcde';
const UNCAUGHT = 'uncaughtException';

/** What outlasts a restart of the program, but not a power cut. */
export interface DeviceClock {
  /** The device's Date less the world's monotonic clock, milliseconds. */
  offsetMs: number;
}

export interface SessionOptions {
  ports: Ports;
  geometry: FlashGeometry;
  console: ConsoleLines;
  deviceClock: DeviceClock;
  /** Blocks of 14 or 27 bytes that process.memory() reports. */
  variables: number;
  /** What the interpreter calls itself. */
  version: string;
  /** The Wi-Fi in reach; any name and password join when left out. */
  wifi: WifiNetwork | undefined;
  /** On the SPI ports. */
  chips: readonly BusChip[];
  /** What an ESP32 keeps beside its flash. */
  nvs: BoardMemory;
  /** Nobody looks at its screen: pixels are not drawn. */
  isBlind: boolean;
  /** It runs its firmware and nothing else, on the ground of the process (`shared-ground.ts`). */
  sharesGround: boolean;
  /** Bytes of the serial line, one character each; undefined while nobody listens. */
  serialOut(): ((text: string) => void) | undefined;
  hardware(event: HardwareEvent): void;
  /** The program asked for a restart; called once, outside the program. */
  restart(): void;
  /** As `restart`, without the boot code: the prompt alone. */
  reset(): void;
  /** The program ended by itself. */
  quit(): void;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #loop: EventLoop;
  readonly #realm: Realm;
  readonly #flags = new Set<string>();
  readonly #lock: ConsoleLock = { password: undefined, locked: false };
  readonly #host: Host;
  readonly #timers: Timers;
  readonly #connections: Connections;
  readonly #datagrams: DatagramSockets;
  readonly #pins: Pins;
  readonly #random = new DeviceRandom();
  readonly #prompt: Prompt;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { clock } = options.ports;
    const uncaught = (error: unknown) => {
      if (this.#loop.stopped) return;
      const process = this.#realm.globals.process as object;
      if (this.#realm.listenerCount(process, UNCAUGHT) > 0) this.#realm.emit(process, UNCAUGHT, error);
      else options.console.uncaught(error);
    };
    this.#loop = new EventLoop({
      onError: uncaught,
      onOverflow: () => this.#flags.add('FIFO_FULL'),
      around: (jobs) => this.#realm.within(jobs),
    });
    this.#realm = new Realm(
      {
        nowMs: () => this.#nowMs(),
        post: (job) => this.#loop.post(job),
        random: () => this.#random.next(),
        listening: (object) => this.#connections.listening(object),
      },
      options.sharesGround,
    );
    this.#host = {
      ...options,
      realm: this.#realm,
      loop: this.#loop,
      uncaught,
      restart: () => this.#end(options.restart),
      random: () => this.#random.next(),
      seedRandom: (seed) => this.#random.seed(seed),
      nowMs: () => this.#nowMs(),
      setNowMs: (wallMs) => {
        options.deviceClock.offsetMs = wallMs - clock.monotonicMs();
      },
      raise: (flag) => this.#flags.add(flag),
    };
    this.#timers = new Timers({ clock, loop: this.#loop, onError: uncaught });
    this.#connections = new Connections(this.#host);
    this.#datagrams = new DatagramSockets(this.#host);
    this.#pins = new Pins(this.#host);
    const storage = createStorage(this.#host);
    this.#prompt = this.#makePrompt(storage);
    options.console.attach((text) => {
      if (options.serialOut()) this.#prompt.print(text);
    });
    this.#install(storage);
  }

  boot(): void {
    this.#prompt.begin();
    const code = this.#options.ports.files.read(BOOT_CODE);
    if (!code) return;
    this.#loop.post(() => {
      this.#realm.start(binaryString(code), BOOT_CODE);
      this.#realm.emit(this.#realm.globals.E as object, 'init');
    });
  }

  /** Starts with the prompt alone, as after `reset()`. */
  idle(): void {
    this.#prompt.begin();
  }

  prompt(line: string): void {
    this.#loop.post(() => {
      if (this.#lock.locked) {
        this.#lock.locked = line !== this.#lock.password;
        return;
      }
      this.#realm.run(line, 'prompt');
    });
  }

  /** Bytes on the serial line, one character each. */
  serialIn(text: string): void {
    this.#loop.post(() => this.#prompt.receive(text));
  }

  drivePin(pin: number, level: boolean): void {
    this.#pins.drive(pin, level);
  }

  stop(): void {
    this.#loop.stop();
    this.#prompt.stop();
    this.#options.console.attach(undefined);
    this.#timers.clearAll();
    this.#connections.drop();
    this.#datagrams.drop();
    this.#realm.checkGround();
  }

  #end(then: () => void): void {
    if (this.#loop.stopped) return;
    this.stop();
    this.#options.ports.clock.after(0, then);
  }

  #nowMs(): number {
    return this.#options.ports.clock.monotonicMs() + this.#options.deviceClock.offsetMs;
  }

  #makePrompt(storage: StorageModule): Prompt {
    const { clock } = this.#options.ports;
    const lock = this.#lock;
    return new Prompt({
      greeting: `Espruino ${this.#options.version} ${this.#options.geometry.board}`,
      send: (text) => {
        if (!this.#loop.stopped) this.#options.serialOut()?.(text);
      },
      whenIdle: (run) => this.#loop.post(run),
      after: (delayMs, run) => clock.after(delayMs, () => this.#loop.post(run)),
      evaluate: (source) => this.#realm.run(source, 'prompt'),
      evaluateToShow: (source) => formatValue(this.#realm.run(source, 'prompt')),
      evaluateToJs: (source) => toJs(this.#realm.run(`(${source}\n)`, 'packet')),
      parse: (text) => this.#parse(text),
      fireEvent: (name, value) => this.#realm.emit(this.#realm.globals.E as object, name, value),
      storageWrite: (name, data, { offset, size }) => storage.write(name, data, offset, size),
      storageRead: (name) => storage.read(name),
      uncaught: this.#host.uncaught,
      isLocked: () => lock.locked,
      unlock: (password) => {
        lock.locked = password !== lock.password;
        return !lock.locked;
      },
    });
  }

  #parse(text: string): Record<string, unknown> | undefined {
    try {
      const value = this.#realm.run(`(${text})`, 'packet');
      return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
    } catch {
      return undefined;
    }
  }

  #install(storage: StorageModule): void {
    const realm = this.#realm;
    this.#installTimers();
    this.#installConsole();
    this.#pins.install();
    installBuses(this.#host);
    installModules(this.#host, {
      net: this.#connections.module(),
      dgram: this.#datagrams.module(),
      Flash: createFlash(this.#host),
      Storage: storage,
      ...(this.#options.geometry.board === 'ESP32' ? createEsp32Libraries(this.#host, this.#options) : {}),
    });
    realm.define('Graphics', createGraphics(realm, this.#options.isBlind));
    realm.define('E', createE(this.#host, { flags: this.#flags, lock: this.#lock }));
    realm.define('process', this.#createProcess());
    realm.define('getTime', () => this.#nowMs() / 1000);
    realm.define('setTime', (seconds: number) => this.#host.setNowMs(Number(seconds) * 1000));
    realm.define('atob', (text: unknown) => Buffer.from(String(text), 'base64').toString('latin1'));
    realm.define('btoa', (text: unknown) => Buffer.from(toBytes(text)).toString('base64'));
    realm.define('load', () => this.#host.restart());
    realm.define('reset', () => this.#end(this.#options.reset));
    realm.define('quit', () => this.#end(this.#options.quit));
  }

  #installTimers(): void {
    const { builtins } = this.#realm;
    const add = (run: unknown, delayMs: unknown, args: unknown[], repeat: boolean) => {
      if (typeof run !== 'function' && typeof run !== 'string')
        throw new builtins.Error('Function or String not supplied!');
      const job =
        typeof run === 'string'
          ? () => this.#realm.run(run, 'timer')
          : args.length === 0
            ? (run as () => void)
            : () => run(...args);
      return this.#timers.add(job, Number(delayMs), repeat);
    };
    const clear = (kind: string) => (ids: unknown[]) => {
      if (ids.length === 0) this.#timers.clearAll();
      else if (ids[0] === undefined)
        throw new builtins.Error(`clear${kind}(undefined) not allowed. Use clear${kind}() instead`);
      else this.#timers.clear(Number(ids[0]));
    };
    this.#realm.define('setTimeout', (run: unknown, ms: unknown, ...args: unknown[]) =>
      add(run, ms, args, false),
    );
    this.#realm.define('setInterval', (run: unknown, ms: unknown, ...args: unknown[]) =>
      add(run, ms, args, true),
    );
    this.#realm.define('clearTimeout', (...ids: unknown[]) => clear('Timeout')(ids));
    this.#realm.define('clearInterval', (...ids: unknown[]) => clear('Interval')(ids));
    this.#realm.define('changeInterval', (id: number, ms: number) => {
      if (!this.#timers.change(Number(id), Number(ms))) throw new builtins.Error('Unknown Interval');
    });
  }

  #installConsole(): void {
    const print = (...values: unknown[]) => this.#options.console.print(values);
    this.#realm.define('print', print);
    const names = ['debug', 'error', 'info', 'log', 'trace', 'warn'];
    this.#realm.define('console', this.#realm.object(Object.fromEntries(names.map((name) => [name, print]))));
    this.#realm.define('echo', (on: unknown) => this.#prompt.setEcho(Boolean(on)));
  }

  /** Memory is an estimate: a fixed share used, so that runs compare. */
  #createProcess(): object {
    const { variables, geometry, version } = this.#options;
    const usage = Math.min(variables - 1, 2_500);
    const env = {
      VERSION: version,
      BOARD: geometry.board,
      FLASH: geometry.flashBytes,
      RAM: 0,
      CONSOLE: 'USB',
      // A board has its chip's number there.
      SERIAL: 'simulator',
    };
    const memory = () =>
      this.#realm.object({
        free: variables - usage,
        usage,
        total: variables,
        history: 0,
        gc: 0,
        gctime: 0,
        blocksize: 14,
      });
    return this.#realm.object({ version, env: this.#realm.object(env), memory });
  }
}
