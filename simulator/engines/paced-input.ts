// Types at the real interpreter so slowly that it cannot garble what it reads. Its Linux build looks at standard
// input every 50 ms on a thread of its own and appends what it finds to the event that the main loop may be taking
// just then: with a socket open, when that loop never rests, a burst came out mangled in one run of three.

/** One character for each look, so that none is ever appended to another. */
const SHORT_LINE_CHARACTER_MS = 60;
/** Long lines set a device up, before it has a socket; one by one they would take minutes. */
const LONG_LINE_CHARACTER_MS = 4;
const SHORT_LINE_LIMIT_CHARACTERS = 24;
/** More than this waiting means that somebody types faster than the interpreter may read. */
const WAITING_LIMIT_CHARACTERS = 200_000;

export class PacedInput {
  readonly #send: (character: string) => void;
  readonly #lines: string[] = [];
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `send` takes one character. */
  constructor(send: (character: string) => void) {
    this.#send = send;
  }

  type(line: string): void {
    if (this.#waiting + line.length > WAITING_LIMIT_CHARACTERS)
      throw new Error('The interpreter reads no more prompts.');
    this.#waiting += line.length + 1;
    this.#lines.push(`${line}\n`);
    if (this.#timer === undefined) this.#next();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lines.length = 0;
    this.#waiting = 0;
  }

  #next(): void {
    this.#timer = undefined;
    const line = this.#lines.shift();
    if (line === undefined) return;
    const isShort = line.length <= SHORT_LINE_LIMIT_CHARACTERS;
    this.#typeFrom(line, { at: 0, characterMs: isShort ? SHORT_LINE_CHARACTER_MS : LONG_LINE_CHARACTER_MS });
  }

  #typeFrom(line: string, { at, characterMs }: { at: number; characterMs: number }): void {
    this.#send(line[at]!);
    this.#waiting -= 1;
    const isLast = at + 1 === line.length;
    const go = isLast ? () => this.#next() : () => this.#typeFrom(line, { at: at + 1, characterMs });
    this.#timer = setTimeout(go, characterMs);
  }
}
