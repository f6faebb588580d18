// What a program prints, as complete lines, and how values are written there. An unfinished line waits, up to a
// bound; nothing is printed when a device loses power.

export type LineListener = (line: string) => void;

/** A longer line is cut into pieces of this length. */
const LINE_LIMIT_CHARS = 65_536;

export class ConsoleLines {
  readonly #listeners = new Set<LineListener>();
  #onText: ((text: string) => void) | undefined;
  #rest = '';

  /** All text as it comes goes to `onText` too: to the prompt of the run that prints it. */
  attach(onText: ((text: string) => void) | undefined): void {
    this.#onText = onText;
  }

  onLine(listener: LineListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  write(text: string): void {
    this.#onText?.(text);
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#tell(line.replace(/\r/g, ''));
    if (this.#rest.length > LINE_LIMIT_CHARS) this.flush();
  }

  print(values: unknown[]): void {
    this.write(`${values.map((value) => formatValue(value, true)).join(' ')}\n`);
  }

  /** An uncaught error, as the interpreter reports it; timers go on. */
  uncaught(error: unknown): void {
    const thrown = error as { name?: unknown; message?: unknown; stack?: unknown } | null;
    if (typeof thrown !== 'object' || thrown === null || typeof thrown.message !== 'string') {
      this.write(`Uncaught ${formatValue(error, true)}\n`);
      return;
    }
    this.write(`Uncaught ${String(thrown.name)}: ${thrown.message}\n`);
    for (const frame of programFrames(String(thrown.stack ?? ''))) this.write(`    ${frame}\n`);
  }

  flush(): void {
    if (this.#rest === '') return;
    const line = this.#rest;
    this.#rest = '';
    this.#tell(line);
  }

  #tell(line: string): void {
    for (const listener of [...this.#listeners]) listener(line);
  }
}

/** Like Espruino's `print`, without its line breaks inside long objects. */
export function formatValue(value: unknown, bare = false): string {
  if (typeof value === 'string') return bare ? value : JSON.stringify(value);
  if (typeof value === 'function') return String(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (ArrayBuffer.isView(value))
    return `new ${value.constructor.name}([${[...(value as Uint8Array)].join(', ')}])`;
  if (Array.isArray(value))
    return value.length === 0 ? '[  ]' : `[ ${value.map((v) => formatValue(v)).join(', ')} ]`;
  if (typeof (value as Error).message === 'string' && 'stack' in value) return String(value);
  const fields = Object.entries(value).map(([key, field]) => `"${key}": ${formatValue(field)}`);
  return fields.length === 0 ? '{  }' : `{ ${fields.join(', ')} }`;
}

/** The stack's lines that lie in the device's own programs. */
function programFrames(stack: string): string[] {
  const frames = stack.split('\n').map((line) => line.trim());
  return frames
    .filter((line) => line.startsWith('at ') && !line.includes('node:') && !line.includes('/'))
    .slice(0, 5);
}
