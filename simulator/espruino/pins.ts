// Pins as objects D0 to D39, digital and analogue writes told to the host, and setWatch with edge, repeat and
// debounce. The world presses keys through `drive`.

import type { WorldClock } from '../ports.ts';
import type { Host } from './host.ts';
import { Timers } from './timers.ts';

const PIN_COUNT = 40;

interface WatchOptions {
  repeat?: boolean;
  edge?: 'rising' | 'falling' | 'both';
  debounce?: number;
}

interface Watch {
  pin: number;
  run: (event: object) => void;
  repeat: boolean;
  edge: 'rising' | 'falling' | 'both';
  debounceMs: number;
  state: boolean;
  lastTime: number | undefined;
  settling: { timer: number; state: boolean; sinceMs: number } | undefined;
}

export class Pins {
  readonly #host: Host;
  readonly #clock: WorldClock;
  readonly #timers: Timers;
  readonly #levels = new Array<boolean>(PIN_COUNT).fill(false);
  /** Pins that the world drives: a pull-up no longer decides their level. */
  readonly #driven = new Set<number>();
  readonly #objects: object[] = [];
  readonly #watches = new Map<number, Watch>();
  #nextWatch = 1;

  constructor(host: Host) {
    this.#host = host;
    this.#clock = host.ports.clock;
    this.#timers = new Timers({ clock: this.#clock, loop: host.loop, onError: host.uncaught });
  }

  install(): void {
    const { realm } = this.#host;
    for (let pin = 0; pin < PIN_COUNT; pin++) realm.define(`D${pin}`, this.#createPin(pin));
    realm.define('HIGH', true);
    realm.define('LOW', false);
    realm.define('digitalWrite', (pins: unknown, value: unknown) => this.#digitalWrite(pins, value));
    realm.define('digitalRead', (pins: unknown) => this.#digitalRead(pins));
    realm.define('digitalPulse', (pin: unknown, value: unknown) => {
      this.#digitalWrite(pin, value);
      this.#digitalWrite(pin, !value);
    });
    realm.define('pinMode', (pin: unknown, mode?: unknown) =>
      this.#setMode(this.#number(pin), String(mode ?? 'auto')),
    );
    realm.define('getPinMode', () => 'auto');
    realm.define('analogRead', () => 0);
    realm.define('analogWrite', (pin: unknown, value: number, options?: { freq?: number }) =>
      this.#host.hardware({
        kind: 'analog',
        pin: this.#number(pin),
        value: Number(value),
        frequencyHz: options?.freq,
      }),
    );
    realm.define('setWatch', (run: (event: object) => void, pin: unknown, options?: unknown) =>
      this.#setWatch(run, this.#number(pin), options),
    );
    realm.define('clearWatch', (...ids: unknown[]) => this.#clearWatch(ids));
  }

  /** The world sets a level; an edge runs the watches of that pin. */
  drive(pin: number, level: boolean): void {
    this.#driven.add(pin);
    if (this.#levels[pin] === level || this.#levels[pin] === undefined) return;
    this.#levels[pin] = level;
    const atMs = this.#clock.monotonicMs();
    this.#host.loop.post(() => {
      for (const [id, watch] of [...this.#watches])
        if (watch.pin === pin) this.#edge(id, watch, { level, atMs });
    });
  }

  #setMode(pin: number, mode: string): void {
    if (mode === 'input_pullup' && !this.#driven.has(pin)) this.#levels[pin] = true;
    this.#host.hardware({ kind: 'pin-mode', pin, mode });
  }

  #edge(id: number, watch: Watch, edge: { level: boolean; atMs: number }): void {
    if (watch.debounceMs <= 0) {
      watch.state = edge.level;
      this.#fire(id, watch, edge);
      return;
    }
    if (!watch.settling && edge.level === watch.state) return;
    if (watch.settling) this.#timers.clear(watch.settling.timer);
    const timer = this.#timers.add(() => this.#settled(id, watch), watch.debounceMs, false);
    watch.settling = { timer, state: edge.level, sinceMs: edge.atMs };
  }

  #settled(id: number, watch: Watch): void {
    const { state, sinceMs } = watch.settling!;
    watch.settling = undefined;
    if (state === watch.state) return;
    watch.state = state;
    this.#fire(id, watch, { level: state, atMs: sinceMs });
  }

  #fire(id: number, watch: Watch, edge: { level: boolean; atMs: number }): void {
    const nowMs = this.#clock.monotonicMs();
    const time = (this.#host.nowMs() - (nowMs - edge.atMs)) / 1000;
    const { lastTime } = watch;
    watch.lastTime = time;
    if (watch.edge !== 'both' && (watch.edge === 'rising') !== edge.level) return;
    if (!watch.repeat) this.#watches.delete(id);
    const pin = this.#objects[watch.pin];
    watch.run(this.#host.realm.object({ state: edge.level, lastTime, time, pin }));
  }

  #setWatch(run: (event: object) => void, pin: number, options: unknown): number {
    const given = (
      typeof options === 'object' && options !== null ? options : { repeat: options }
    ) as WatchOptions;
    const id = this.#nextWatch++;
    this.#watches.set(id, {
      pin,
      run: typeof run === 'string' ? () => this.#host.realm.run(run, 'watch') : run,
      repeat: Boolean(given.repeat),
      edge: given.edge ?? 'both',
      debounceMs: given.debounce ?? 0,
      state: this.#levels[pin]!,
      lastTime: undefined,
      settling: undefined,
    });
    return id;
  }

  #clearWatch(ids: unknown[]): void {
    if (ids.length === 0) this.#watches.clear();
    else if (!this.#watches.delete(Number(ids[0]))) throw this.#host.realm.error('Unknown Watch');
  }

  #createPin(pin: number): object {
    const write = (value: unknown) => this.#digitalWrite(pin, value);
    const object = this.#host.realm.object({
      read: () => this.#levels[pin],
      write,
      set: () => write(1),
      reset: () => write(0),
      toggle: () => write(!this.#levels[pin]),
      mode: (mode: unknown) => this.#setMode(pin, String(mode)),
    });
    Object.defineProperty(object, 'toString', { value: () => `D${pin}` });
    this.#objects[pin] = object;
    return object;
  }

  #digitalWrite(pins: unknown, value: unknown): void {
    const list = Array.isArray(pins) ? pins : [pins];
    // Espruino writes an array's last pin from the lowest bit.
    for (let index = list.length - 1, bits = Number(value); index >= 0; index--) {
      const pin = this.#number(list[index]);
      const level = list.length === 1 ? Boolean(value) : Boolean(bits & 1);
      bits >>= 1;
      this.#levels[pin] = level;
      this.#host.hardware({ kind: 'digital', pin, value: level });
    }
  }

  #digitalRead(pins: unknown): number {
    const list = Array.isArray(pins) ? pins : [pins];
    return list.reduce((bits: number, pin) => bits * 2 + (this.#levels[this.#number(pin)] ? 1 : 0), 0);
  }

  #number(pin: unknown): number {
    const number = Number(String(pin).replace(/^D/, ''));
    if (!Number.isInteger(number) || number < 0 || number >= PIN_COUNT)
      throw this.#host.realm.error('Invalid pin!');
    return number;
  }
}
