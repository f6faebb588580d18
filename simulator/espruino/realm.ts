// A device's own JavaScript world: its globals, on ground of its own or on that of the process. Values handed to the
// program must be made of this world's constructors, or `instanceof` would fail in it.

import vm from 'node:vm';
import { type Builtins, Ground, type RealmHost } from './ground.ts';
import { type Scope, SharedGround } from './shared-ground.ts';

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

/** The whole of a context is one device's. */
function ownScope({ context }: Ground): Scope {
  const evaluate = (source: string, filename: string): unknown =>
    scriptOf(source, filename).runInContext(context);
  return { globals: context, start: evaluate, evaluate };
}

let shared: SharedGround | undefined;

export class Realm {
  readonly globals: Record<string, unknown>;
  readonly builtins: Builtins;
  readonly #host: RealmHost;
  readonly #ground: Ground;
  readonly #scope: Scope;

  /** `isShared`: on the ground of the process, which `SharedGround` tells the limits of. */
  constructor(host: RealmHost, isShared = false) {
    this.#host = host;
    if (isShared) {
      shared ??= new SharedGround();
      this.#ground = shared;
      this.#scope = shared.makeScope();
    } else {
      this.#ground = new Ground();
      this.#scope = ownScope(this.#ground);
    }
    this.globals = this.#scope.globals;
    this.builtins = this.#ground.builtins;
  }

  /** Lets programs of this device run within `work`. */
  within(work: () => void): void {
    const before = this.#ground.enter(this.#host);
    try {
      work();
    } finally {
      this.#ground.enter(before);
    }
  }

  /** Starts a program in the global scope. */
  start(source: string, filename: string): void {
    this.#scope.start(source, filename);
  }

  /** Evaluates source text in the global scope. */
  run(source: string, filename: string): unknown {
    return this.#scope.evaluate(source, filename);
  }

  define(name: string, value: unknown): void {
    this.globals[name] = value;
  }

  /** Queues the listeners of `name`. */
  emit(object: object, name: string, ...args: unknown[]): void {
    this.within(() => this.#ground.events.emit(object, name, args));
  }

  listenerCount(object: object, name: string): number {
    return this.#ground.events.count(object, name);
  }

  /** Throws when a program changed what it shares with those of other devices. */
  checkGround(): void {
    const changed = this.#ground === shared ? shared.changed() : undefined;
    if (changed !== undefined) throw new Error(`A program has changed ${changed}, which is everybody's.`);
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
