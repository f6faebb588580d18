// The real interpreter as a DeviceEngine: a child process in the device's folder that boots from its flash file as
// a board does. It ends no process but the one it started.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceEngine, EngineOptions } from '../engine.ts';
import { LINUX } from '../espruino/geometry.ts';
import { FLASH_FILE, installIntoFlash, storedFiles } from './flash-image.ts';
import { withGuardedInput } from './guarded-input.ts';
import { installOnce } from './installed-firmware.ts';
import { ECHO_OFF_MARK, InterpreterConsole } from './interpreter-console.ts';

export interface EspruinoEngineOptions extends EngineOptions {
  /** Path of the interpreter's Linux binary. */
  interpreter: string;
  /** Added to this process's environment, such as a library to preload. */
  environment?: Record<string, string>;
  /** The prompt stays as it is for `serialIn`, with echo: console lines hold what is typed too. */
  serial?: boolean;
}

/** Typed first: DLE hides a line's echo and result. */
const DLE = '\x10';
/** What the Linux build prints, before it exits, when the program calls E.reboot(). */
const REBOOT_LINE = 'Not implemented';

/** The Linux build ends at Ctrl-D, and at a second Ctrl-C within 5 s; a board does neither. */
const CTRL_C = '\x03';
const CTRL_D = '\x04';
const CTRL_C_PAUSE_MS = 5500;

const children = new Set<ChildProcessWithoutNullStreams>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

export class EspruinoEngine implements DeviceEngine {
  readonly kind = 'espruino';
  readonly #options: EspruinoEngineOptions;
  readonly #lineListeners = new Set<(line: string) => void>();
  readonly #exitListeners = new Set<(reason: string) => void>();
  readonly #serialListeners = new Set<(text: string) => void>();
  #ctrlCAtMs = Number.NEGATIVE_INFINITY;
  #child: ChildProcessWithoutNullStreams | undefined;
  #environment: NodeJS.ProcessEnv | undefined;
  #lastLine = '';

  constructor(options: EspruinoEngineOptions) {
    this.#options = options;
  }

  get powered(): boolean {
    return this.#child !== undefined;
  }

  async powerOn(): Promise<void> {
    if (this.#child) throw new Error('The device is already powered on.');
    mkdirSync(this.#options.folder, { recursive: true });
    installOnce(this.#options, (files) => installIntoFlash(this.#options.folder, files));
    // An interpreter that finds raw data and no file erases everything (measured).
    if (storedFiles(this.#options.folder).length === 0)
      throw new Error('There is no file in Storage to boot from.');
    await this.#start();
  }

  async powerOff(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
  }

  /** A line goes as text to evaluate, so that an unfinished one is an error and not a prompt that waits. */
  prompt(line: string): void {
    this.#child?.stdin.write(hidden(`eval(${quote(line)})`), 'latin1');
  }

  /** Bytes on the serial line of the prompt, one character each. Bytes 3 and 4 are not the interpreter's to take. */
  serialIn(text: string): void {
    const nowMs = performance.now();
    const again = nowMs - this.#ctrlCAtMs < CTRL_C_PAUSE_MS;
    if (text.includes(CTRL_C) && !again) this.#ctrlCAtMs = nowMs;
    const allowed = again ? text.replaceAll(CTRL_C, '') : text;
    this.#child?.stdin.write(allowed.replaceAll(CTRL_D, ''), 'latin1');
  }

  /** What the prompt sends, one character a byte. */
  onSerialOut(listener: (text: string) => void): void {
    this.#serialListeners.add(listener);
  }

  onConsoleLine(listener: (line: string) => void): () => void {
    this.#lineListeners.add(listener);
    return () => this.#lineListeners.delete(listener);
  }

  onExit(listener: (reason: string) => void): () => void {
    this.#exitListeners.add(listener);
    return () => this.#exitListeners.delete(listener);
  }

  async readFlash(address: number, length: number): Promise<Uint8Array> {
    if (this.#child) throw new Error('Raw flash is read while powered off.');
    const offset = address >= LINUX.baseAddress ? address - LINUX.baseAddress : address;
    const file = await open(join(this.#options.folder, FLASH_FILE), 'r');
    try {
      const bytes = new Uint8Array(length);
      await file.read(bytes, 0, length, offset);
      return bytes;
    } finally {
      await file.close();
    }
  }

  async #start(): Promise<void> {
    const { interpreter, folder, environment } = this.#options;
    this.#environment ??= withGuardedInput({ ...process.env, ...environment }, { interpreter, folder });
    const child = spawn(interpreter, [], {
      cwd: folder,
      stdio: 'pipe',
      env: this.#environment,
    });
    const console = new InterpreterConsole((line) => this.#tellLine(child, line));
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      console.receive(text);
      for (const listener of this.#serialListeners) listener(text);
    });
    // Its banner; what matters is told on standard output.
    child.stderr.resume();
    // Writing to a child that has just died fails; its end is reported by 'close'.
    child.stdin.on('error', () => undefined);
    await once(child, 'spawn');
    this.#child = child;
    children.add(child);
    child.on('close', (code, signal) => this.#closed(child, { code, signal }));
    if (!this.#options.serial) child.stdin.write(hidden(`echo(0);print(${quote(ECHO_OFF_MARK)})`));
  }

  #tellLine(child: ChildProcessWithoutNullStreams, line: string): void {
    if (this.#child !== child) return;
    this.#lastLine = line;
    for (const listener of [...this.#lineListeners]) listener(line);
  }

  #closed(child: ChildProcessWithoutNullStreams, end: { code: number | null; signal: string | null }): void {
    children.delete(child);
    if (this.#child !== child) return;
    this.#child = undefined;
    if (end.code === 1 && this.#lastLine.endsWith(REBOOT_LINE)) {
      this.#start().catch((error: Error) =>
        this.#tellExit(`The interpreter did not start again: ${error.message}`),
      );
      return;
    }
    this.#tellExit(`The interpreter ended with ${end.signal ?? `code ${end.code}`} after: ${this.#lastLine}`);
  }

  #tellExit(reason: string): void {
    for (const listener of [...this.#exitListeners]) listener(reason);
  }
}

function hidden(line: string): string {
  return `${DLE}${line}\n`;
}

/** A string literal of one-byte characters: `\xNN`, because `\uNNNN` would make it a Unicode string there. */
function quote(text: string): string {
  const escaped = JSON.stringify(text).replace(/\\u00([0-9a-f]{2})/g, '\\x$1');
  return escaped.replace(/[\x7f-\xff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
}
