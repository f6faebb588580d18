// Types at the real interpreter as slowly as a fast serial line would. Its Linux build garbles what arrives in
// bursts while a socket is open (a typed line came out mangled in about one run of three).

/** About 2,400 baud; the interpreter's loop is much faster, so that it takes each character by itself. */
const CHARACTER_MS = 4;
/** More than this waiting means that somebody types faster than the interpreter may read. */
const WAITING_LIMIT_CHARACTERS = 200_000;

export class PacedInput {
  readonly #send: (character: string) => void;
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;

  /** `send` takes one character. */
  constructor(send: (character: string) => void) {
    this.#send = send;
  }

  type(text: string): void {
    if (this.#waiting.length + text.length > WAITING_LIMIT_CHARACTERS)
      throw new Error('The interpreter reads no more prompts.');
    this.#waiting += text;
    this.#timer ??= setInterval(() => this.#next(), CHARACTER_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#waiting = '';
  }

  #next(): void {
    const character = this.#waiting.slice(0, 1);
    this.#waiting = this.#waiting.slice(1);
    if (this.#waiting === '') {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    if (character !== '') this.#send(character);
  }
}
