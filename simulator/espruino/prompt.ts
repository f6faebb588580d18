// The prompt of the interpreter on its serial line, byte by byte as jsinteractive.c does it: echo, `>`, lines over
// several rows, DLE for a line without echo, Ctrl-C, Ctrl-E, the locked console, packets. Left out: moving the
// cursor inside a line, history, tab completion. What the program prints comes in by `print`.
import { makePacketHandler, PACKET_LENGTH_MASK, type PacketHost } from './prompt-packets.ts';

export interface PromptHost extends PacketHost {
  /** The value as the prompt shows it. Throws what the program throws. */
  evaluateToShow(source: string): string;
  /** Evaluates a line of which nothing is shown. */
  evaluate(source: string): void;
  isLocked(): boolean;
  /** Opens the console if that is its password. */
  unlock(password: string): boolean;
  /** Answered to Ctrl-E. */
  greeting: string;
  /** Runs when what was typed or printed has been dealt with. */
  whenIdle(run: () => void): void;
}

const CTRL_C = '\x03';
const CTRL_E = '\x05';
const DLE = '\x10';
const SOH = '\x01';
const ESCAPE = '\x1b';
const CURSOR_LEFT = '\x1b[D';
const CURSOR_UP = '\x1b[A';
const ERASE_LINE = '\r\x1b[J';
const PASSWORD_LIMIT_CHARACTERS = 20;
/** More than this on one line is dropped; a board would be out of memory. */
const LINE_LIMIT_CHARACTERS = 65_536;
/** A packet that is not complete by then is refused. */
const PACKET_LIMIT_MS = 5000;

type State =
  | { type: 'line' }
  | { type: 'had-dle' }
  | { type: 'escape' }
  | { type: 'head'; head: string }
  | { type: 'data'; head: number; data: string[] };

export class Prompt {
  readonly #host: PromptHost;
  readonly #packets: ReturnType<typeof makePacketHandler>;
  #state: State = { type: 'line' };
  #line = '';
  #shown = false;
  #echo = true;
  #echoOffForLine = false;
  #returning = false;
  #cancelPacket: () => void = () => undefined;

  constructor(host: PromptHost) {
    this.#host = host;
    this.#packets = makePacketHandler(host);
  }

  /** Shows the prompt for the first time, once the boot code has run. */
  begin(): void {
    this.#send('\n');
    this.#returnLine();
  }

  /** Typed bytes, one character each. */
  receive(text: string): void {
    for (const character of text) this.#take(character);
  }

  /** What the program prints; the input line makes way for it and comes back when all is quiet. */
  print(text: string): void {
    this.#removeLine();
    this.#send(text);
    this.#returnLine();
  }

  setEcho(on: boolean): void {
    this.#echo = on;
  }

  stop(): void {
    this.#cancelPacket();
    this.#packets.stop();
  }

  #take(character: string) {
    const state = this.#state;
    if (this.#host.isLocked()) return this.#takeLocked(character);
    switch (state.type) {
      case 'head':
        return this.#takeHead(state.head + character);
      case 'data':
        return this.#takeData(state, character);
      case 'escape':
        // Sequences end with a letter or "~".
        if (/[A-Za-z~]/.test(character)) this.#state = { type: 'line' };
        return;
      case 'had-dle':
      case 'line':
        return this.#takeTyped(character);
    }
  }

  #takeTyped(character: string) {
    const hadDle = this.#state.type === 'had-dle';
    this.#state = { type: 'line' };
    switch (character) {
      case SOH:
        if (hadDle) this.#beginPacket();
        return;
      case CTRL_C:
        return this.#breakLine();
      case CTRL_E:
        if (this.#line === '') this.#send(`${this.#host.greeting}\n`);
        return;
      case DLE:
        if (this.#line === '') this.#echoOffForLine = true;
        this.#state = { type: 'had-dle' };
        return;
      case ESCAPE:
        this.#state = { type: 'escape' };
        return;
      case '\b':
      case '\x7f':
        if (this.#line === '') return;
        this.#line = this.#line.slice(0, -1);
        return this.#echoBack('\b \b');
      case '\r':
      case '\n':
        return this.#endLine();
      default:
        if (character < ' ' && character !== '\t') return;
        if (this.#line.length >= LINE_LIMIT_CHARACTERS) return;
        this.#line += character;
        this.#echoBack(character);
    }
  }

  #takeLocked(character: string) {
    if (character !== '\r' && character !== '\n') {
      if (this.#line.length < PASSWORD_LIMIT_CHARACTERS) this.#line += character;
      return;
    }
    const given = this.#line;
    this.#line = '';
    if (!this.#host.unlock(given)) return this.#send('\n  Invalid password\npassword>');
    this.#send('\n  Logged in.\n');
    this.#shown = false;
    this.#returnLine();
  }

  #endLine() {
    if (openBrackets(this.#line) > 0) {
      this.#line += '\n';
      return this.#echoBack('\n:');
    }
    const source = this.#line.trimEnd();
    const echoing = this.#echoing();
    if (echoing) this.#send('\n');
    this.#line = '';
    if (!this.#echoOffForLine) this.#shown = false;
    try {
      if (echoing && source !== '') this.#send(`=${this.#host.evaluateToShow(source)}\n`);
      else this.#host.evaluate(source);
    } catch (error) {
      this.#host.uncaught(error);
    }
    this.#echoOffForLine = false;
    this.#returnLine();
  }

  #breakLine(): void {
    this.#removeLine();
    this.#line = '';
    this.#echoOffForLine = false;
    this.#returnLine();
  }

  #beginPacket(): void {
    this.#state = { type: 'head', head: '' };
    this.#cancelPacket = this.#host.after(PACKET_LIMIT_MS, () => {
      this.#state = { type: 'line' };
      this.#host.send('\x15');
    });
  }

  #takeHead(head: string) {
    if (head.length < 2) {
      if (this.#line === '') this.#echoOffForLine = false;
      this.#state = { type: 'head', head };
      return;
    }
    const value = (head.charCodeAt(0) << 8) | head.charCodeAt(1);
    this.#state = { type: 'data', head: value, data: [] };
    if ((value & PACKET_LENGTH_MASK) === 0) this.#endPacket(value, '');
  }

  #takeData(state: { head: number; data: string[] }, character: string) {
    state.data.push(character);
    if (state.data.length >= (state.head & PACKET_LENGTH_MASK))
      this.#endPacket(state.head, state.data.join(''));
  }

  #endPacket(head: number, data: string): void {
    this.#cancelPacket();
    this.#state = { type: 'line' };
    this.#packets.handle(head, data);
  }

  #echoing(): boolean {
    return this.#echo && !this.#echoOffForLine && !this.#host.isLocked();
  }

  #echoBack(text: string): void {
    if (this.#echoing() && this.#shown) this.#send(text);
  }

  #removeLine(): void {
    if (!this.#shown) return;
    this.#shown = false;
    if (!this.#echo || this.#echoOffForLine) return;
    const rows = this.#line.split('\n');
    this.#host.send(CURSOR_UP.repeat(rows.length - 1) + CURSOR_LEFT.repeat(rows.at(-1)!.length) + ERASE_LINE);
  }

  #returnLine(): void {
    if (this.#returning || this.#shown) return;
    this.#returning = true;
    this.#host.whenIdle(() => {
      this.#returning = false;
      if (this.#shown) return;
      this.#shown = true;
      if (!this.#echo || this.#echoOffForLine) return;
      const locked = this.#host.isLocked();
      this.#send(`${locked ? 'password' : ''}>${locked ? '' : this.#line.replaceAll('\n', '\n:')}`);
    });
  }

  #send(text: string): void {
    this.#host.send(text.replaceAll('\n', '\r\n'));
  }
}

/** More than zero: the line goes on. An unfinished string ends it, so that the error is told. */
export function openBrackets(line: string): number {
  let open = 0;
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (character === '"' || character === "'" || character === '`') {
      at = endOfString(line, at);
      if (at < 0) return character === '`' ? 1 : 0;
    } else if (line.startsWith('//', at)) {
      const end = line.indexOf('\n', at);
      if (end < 0) break;
      at = end;
    } else if (line.startsWith('/*', at)) {
      const end = line.indexOf('*/', at + 2);
      if (end < 0) return 1;
      at = end + 1;
    } else if ('([{'.includes(character)) open++;
    else if (')]}'.includes(character) && --open < 0) return open;
  }
  return open;
}

function endOfString(line: string, start: number): number {
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === '\\') at++;
    else if (line[at] === line[start]) return at;
  }
  return -1;
}
