// While a world runs, SQLite compiles a statement when it is first used. A gateway has some three hundred; in a simulated
// hall it starts a dozen times a run and needs a few of them each time. What they do is the same.
import Database from 'better-sqlite3';

type Statement = Database.Statement<unknown[]>;
type Prepare = (this: Database.Database, source: string) => Statement;

/** As much of a statement as our code uses. */
class LateStatement implements Pick<Statement, 'run' | 'get' | 'all' | 'iterate'> {
  readonly #make: () => Statement;
  #made: Statement | undefined;
  #isPlucked = false;
  #isRaw = false;

  constructor(make: () => Statement) {
    this.#make = make;
  }

  #statement(): Statement {
    if (this.#made) return this.#made;
    const made = this.#make();
    if (this.#isPlucked) made.pluck();
    if (this.#isRaw) made.raw();
    this.#made = made;
    return made;
  }

  run(...given: unknown[]) {
    return this.#statement().run(...given);
  }

  get(...given: unknown[]) {
    return this.#statement().get(...given);
  }

  all(...given: unknown[]) {
    return this.#statement().all(...given);
  }

  iterate(...given: unknown[]) {
    return this.#statement().iterate(...given);
  }

  pluck(): this {
    this.#isPlucked = true;
    return this;
  }

  raw(): this {
    this.#isRaw = true;
    return this;
  }
}

/** Returns what ends it. */
export function prepareLate(): () => void {
  const { prototype } = Database as unknown as { prototype: { prepare: Prepare } };
  const atOnce = prototype.prepare;
  prototype.prepare = function prepareWhenUsed(source) {
    return new LateStatement(() => atOnce.call(this, source)) as unknown as Statement;
  };
  return () => {
    prototype.prepare = atOnce;
  };
}
