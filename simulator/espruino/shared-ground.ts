// The one ground of a process for evaluators that run nothing but their firmware. A program is compiled once, as a
// function of the globals that are its device's own; what it adds to `global` stays with its device. Its undeclared
// variables would be everybody's: they are refused, and whoever changes a built-in object is found out. Not for the
// prompt of a board, at which variables are made and found again.
import vm from 'node:vm';
import { Ground } from './ground.ts';
import { MEMBERS } from './language.ts';

/** Programs of a hall: boot code, firmware, its parts, of as many versions as an update needs. */
const PROGRAMS_LIMIT = 64;

type Program = (this: object, ...globals: unknown[]) => unknown;

/** What a device's programs find by name, in its own place. */
export interface Scope {
  readonly globals: Record<string, unknown>;
  /** A program of Storage; its value is of no interest. */
  start(source: string, filename: string): void;
  /** The value of an expression; on ground of its own, that of the last statement too. */
  evaluate(source: string, filename: string): unknown;
}

export class SharedGround extends Ground {
  readonly #programs = new Map<string, Program>();
  readonly #builtIn: { path: string; object: object; members: unknown[] }[];

  constructor() {
    super();
    Object.preventExtensions(this.context);
    this.#builtIn = ['globalThis', ...Object.keys(MEMBERS)].map((path) => {
      const object = this.#objectAt(path);
      return { path, object, members: membersOf(object) };
    });
  }

  /** Of one device. Globals that are defined after its first program are found as members of `global` only. */
  makeScope(): Scope {
    const globals = new this.builtins.Object() as Record<string, unknown>;
    let names: string[] | undefined;
    const run = (source: string, filename: string): unknown => {
      names ??= Object.keys(globals);
      const text = `(function (${names.join()}) {${source}\n})`;
      return this.#programOf(text, filename).apply(
        globals,
        names.map((name) => globals[name]),
      );
    };
    Object.assign(globals, {
      global: globals,
      globalThis: globals,
      // Not JavaScript's own, which see the scope they are called in: code of Storage is global.
      eval: (source: unknown) => run(String(source), 'eval'),
      Function: (source: unknown) => () => run(String(source), 'Function'),
    });
    return {
      globals,
      start: run,
      evaluate: (source, filename) =>
        this.#programOf(`(function () { with (this) { return (${source}\n); } })`, filename).call(globals),
    };
  }

  /** The name of what a program has changed that is everybody's. */
  changed(): string | undefined {
    return this.#builtIn.find(({ object, members }) => {
      const now = membersOf(object);
      return (
        now.length !== members.length || !now.every((member, index) => Object.is(member, members[index]))
      );
    })?.path;
  }

  #objectAt(path: string): object {
    const typed = 'Object.getPrototypeOf(Uint8Array)';
    return vm.runInContext(path.replace(/^TypedArray/, typed), this.context) as object;
  }

  #programOf(text: string, filename: string): Program {
    const found = this.#programs.get(text);
    if (found) return found;
    const made = new vm.Script(text, { filename }).runInContext(this.context) as Program;
    if (this.#programs.size >= PROGRAMS_LIMIT) this.#programs.delete(this.#programs.keys().next().value!);
    this.#programs.set(text, made);
    return made;
  }
}

/** Names, each followed by what it stands for. */
function membersOf(object: object): unknown[] {
  return Reflect.ownKeys(object).flatMap((name) => {
    const { value, get, set } = Object.getOwnPropertyDescriptor(object, name)!;
    return [name, value, get, set];
  });
}
