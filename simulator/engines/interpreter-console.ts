// The real interpreter's output as a program's lines: terminal sequences, carriage returns and empty lines are
// dropped, and the prompt's ">" until echo is known to be off. Pure but for the line it collects.

const ESCAPE = String.fromCharCode(27);
const TERMINAL_SEQUENCE = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]`, 'g');

/** Printed by the line typed first, after `echo(0)`: from then on no prompt is shown. */
export const ECHO_OFF_MARK = 'simulator: echo is off';

export class InterpreterConsole {
  readonly #onLine: (line: string) => void;
  #rest = '';
  #prompting = true;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  receive(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#line(line);
  }

  #line(raw: string): void {
    let line = raw.replace(TERMINAL_SEQUENCE, '').replace(/\r/g, '');
    if (this.#prompting) line = line.replace(/^>+/, '');
    if (line === ECHO_OFF_MARK) this.#prompting = false;
    else if (line !== '') this.#onLine(line);
  }
}
