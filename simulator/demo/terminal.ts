// Readable progress for the terminal: one aligned line for each press, sentences for the rest. Colour only on a
// terminal; Chinese characters count as two columns.

export interface Terminal {
  say(sentence: string): void;
  trouble(sentence: string): void;
  press(row: { time: string; window: string; record: string; level: string; matter: string }): void;
}

export interface TerminalOptions {
  write: (text: string) => void;
  colour: boolean;
}

/** Sentences of trouble printed; an evaluator that fails in a loop must not flood the terminal. */
const TROUBLE_LIMIT_SENTENCES = 100;

const DIM = '\u001b[2m';
const RED = '\u001b[31m';
const GREEN = '\u001b[32m';
const RESET = '\u001b[0m';

export function createTerminal({ write, colour }: TerminalOptions): Terminal {
  let troubles = 0;
  const paint = (code: string, text: string) => (colour ? code + text + RESET : text);
  return {
    say: (sentence) => write(`${sentence}\n`),
    trouble: (sentence) => {
      troubles += 1;
      if (troubles < TROUBLE_LIMIT_SENTENCES) write(`${paint(RED, sentence)}\n`);
      if (troubles === TROUBLE_LIMIT_SENTENCES) write(`${paint(RED, 'Further trouble is not printed.')}\n`);
    },
    press: ({ time, window, record, level, matter }) =>
      write(
        `${paint(DIM, time)}  ${pad(window, 16)}  ${pad(record, 11)}  ${paint(GREEN, pad(level, 12))}  ${matter}\n`,
      ),
  };
}

function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** East Asian wide characters, as far as this program prints them. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text)
    width += /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]|[\u{20000}-\u{3ffff}]/u.test(character) ? 2 : 1;
  return width;
}
