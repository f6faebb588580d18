// The JavaScript that programs of evaluators stand on: one `vm` context, emptied of what Espruino lacks, with what differs
// there. A board of its own has one of its own; in a hall of hundreds of boots all stand on the same one, so that V8
// compiles the firmware once and not for each of them.
import vm from 'node:vm';
import { GLOBALS, MEMBERS } from './language.ts';
import { PRELUDE } from './prelude.ts';

const prelude = new vm.Script(PRELUDE, { filename: 'espruino-prelude.js' });
const BUILTINS = '({ Uint8Array, ArrayBuffer, Object, Array, Error, InternalError })';

/** What a program's surroundings do for it. */
export interface RealmHost {
  /** The device's Date, milliseconds. */
  nowMs(): number;
  post(job: () => void): void;
  random(): number;
  /** The program added a listener for `event` on `object`. */
  listening(object: object, event: string): void;
}

export interface Builtins {
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

export class Ground {
  readonly context: vm.Context;
  readonly builtins: Builtins;
  readonly events: Events;
  #host: RealmHost | undefined;

  constructor() {
    // Without the interceptors of a contextified object: every use of a global would go through them.
    this.context = vm.createContext(vm.constants.DONT_CONTEXTIFY);
    const install = prelude.runInContext(this.context) as (host: unknown) => Events;
    const host = () => {
      if (!this.#host) throw new Error('No program runs.');
      return this.#host;
    };
    const hostOfWhoRuns: RealmHost = {
      nowMs: () => host().nowMs(),
      post: (job) => host().post(job),
      random: () => host().random(),
      listening: (object, event) => host().listening(object, event),
    };
    this.events = install({ ...hostOfWhoRuns, globals: GLOBALS, members: MEMBERS });
    this.builtins = vm.runInContext(BUILTINS, this.context) as Builtins;
  }

  /** Says whose program runs from now on; returns whose did. */
  enter(host: RealmHost | undefined): RealmHost | undefined {
    const before = this.#host;
    this.#host = host;
    return before;
  }
}
