// A device's own JavaScript world: one `vm` context, emptied of what Espruino lacks. Values handed to the program
// must be made of this world's constructors, or `instanceof` would fail in it.

import vm from 'node:vm';
import { GLOBALS, MEMBERS } from './language.ts';
import { PRELUDE } from './prelude.ts';

const prelude = new vm.Script(PRELUDE, { filename: 'espruino-prelude.js' });
const BUILTINS = '({ Uint8Array, ArrayBuffer, Object, Array, Error, InternalError })';

export interface RealmHost {
  /** The device's Date, milliseconds. */
  nowMs(): number;
  post(job: () => void): void;
  random(): number;
  /** The program added a listener for `event` on `object`. */
  listening(object: object, event: string): void;
}

interface Builtins {
  Uint8Array: Uint8ArrayConstructor;
  ArrayBuffer: ArrayBufferConstructor;
  Object: ObjectConstructor;
  Array: ArrayConstructor;
  Error: ErrorConstructor;
  InternalError: ErrorConstructor;
}

interface Events {
  emit(object: object, name: string, args: unknown[]): void;
  count(object: object, name: string): number;
}

/** Firmware is compiled once in a process, however many evaluators boot it how often. */
const KEPT_FROM_CHARACTERS = 2000;
const KEPT_LIMIT_SCRIPTS = 32;
const kept = new Map<string, vm.Script>();

function scriptOf(source: string, filename: string): vm.Script {
  if (source.length < KEPT_FROM_CHARACTERS) return new vm.Script(source, { filename });
  const key = `${filename}\0${source}`;
  const found = kept.get(key);
  if (found) return found;
  const script = new vm.Script(source, { filename });
  if (kept.size >= KEPT_LIMIT_SCRIPTS) kept.delete(kept.keys().next().value!);
  kept.set(key, script);
  return script;
}

export class Realm {
  readonly context: vm.Context;
  readonly builtins: Builtins;
  readonly #events: Events;

  constructor(host: RealmHost) {
    // Without the interceptors of a contextified object: every use of a global would go through them.
    this.context = vm.createContext(vm.constants.DONT_CONTEXTIFY);
    const install = prelude.runInContext(this.context) as (host: unknown) => Events;
    this.#events = install({ ...host, globals: GLOBALS, members: MEMBERS });
    this.builtins = vm.runInContext(BUILTINS, this.context) as Builtins;
  }

  /** Evaluates source text in the global scope. */
  run(source: string, filename: string): unknown {
    return scriptOf(source, filename).runInContext(this.context);
  }

  define(name: string, value: unknown): void {
    this.context[name] = value;
  }

  /** Queues the listeners of `name`. */
  emit(object: object, name: string, ...args: unknown[]): void {
    this.#events.emit(object, name, args);
  }

  listenerCount(object: object, name: string): number {
    return this.#events.count(object, name);
  }

  bytes(from: Uint8Array): Uint8Array {
    const out = new this.builtins.Uint8Array(from.length);
    out.set(from);
    return out;
  }

  arrayBuffer(from: Uint8Array): ArrayBuffer {
    return this.bytes(from).buffer as ArrayBuffer;
  }

  object<T extends object>(fields: T): T {
    return Object.assign(new this.builtins.Object(), fields) as T;
  }

  array<T>(items: T[]): T[] {
    const out = new this.builtins.Array() as T[];
    for (const item of items) out.push(item);
    return out;
  }

  error(message: string): Error {
    return new this.builtins.Error(message);
  }

  internalError(message: string): Error {
    return new this.builtins.InternalError(message);
  }
}
