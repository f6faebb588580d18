// Speaks to the interpreter's prompt: finds it, unlocks it, evaluates expressions by packets and types lines. Only
// printable characters are sent beside a packet's head, and no head whose length a serial line or the prompt could
// take for a control character: what is binary goes as base64.
import type { Clock } from '../../ports.ts';
import type { ByteStream } from './byte-stream.ts';
import { ProvisionFailure } from './failures.ts';

export interface PromptLimits {
  /** How long the prompt may stay silent; an unfinished packet of ours swallows what is typed for 5 s. */
  findMs: number;
  /** Between two newlines while looking for it. */
  retryMs: number;
  answerMs: number;
}

export const PROMPT_LIMITS: PromptLimits = { findMs: 9000, retryMs: 1000, answerMs: 5000 };

export type Evaluated = { ok: true; value: unknown } | { ok: false; error: string };
export type PromptState = 'open' | 'locked' | 'silent' | 'strange';

const EVAL_TYPE = 0x2000;
const PACKET_LIMIT_BYTES = 0x1fff;
const ACK_RESPONSE = '\x06\x10\x01';
const NAK = '\x15';
/** Ctrl-C, Ctrl-D, XON, XOFF. */
const UNSAFE_BYTES = [3, 4, 17, 19];
/** Longer than any packet of ours. */
const FILL_CHARACTERS = 1200;
/**
 * Before the newline of each try: nothing; what completes a packet that was cut off, which else swallows all for 5 s;
 * Ctrl-C, which clears a line that somebody left there, and comes late because it stops a running program too.
 */
const WAKING = ['', ' '.repeat(FILL_CHARACTERS), '\x03', ''];
/** What was received and not asked for is forgotten beyond this. */
const RECEIVED_LIMIT_CHARACTERS = 65_536;

export interface PromptClient {
  /** Looks for the prompt with newlines. */
  find(): Promise<PromptState>;
  /** True once one of the passwords opened it. */
  unlock(passwords: Iterable<string>): Promise<boolean>;
  /** `source` is an expression of printable ASCII whose value JSON can write. */
  evaluate(source: string): Promise<Evaluated>;
  /** Types a line that the prompt does not echo and waits for the first match in what is printed. */
  type(line: string, answer: RegExp, limitMs?: number): Promise<RegExpExecArray | undefined>;
  /** Waits for the first match in what came since the last thing that was sent. */
  hear(pattern: RegExp, limitMs: number): Promise<RegExpExecArray | undefined>;
  /** The last of what was received, for a person. */
  heard(): string;
}

export function makePromptClient(
  stream: ByteStream,
  { clock, limits }: { clock: Pick<Clock, 'after' | 'monotonicMs'>; limits: PromptLimits },
): PromptClient {
  let received = '';
  let everReceived = false;
  let ended = false;
  let wake: () => void = () => undefined;
  stream.onText((text) => {
    everReceived = true;
    received = (received + text).slice(-RECEIVED_LIMIT_CHARACTERS);
    wake();
  });
  stream.onEnd(() => {
    ended = true;
    wake();
  });

  /** The first that `look` finds, or undefined after the limit. Rejects when the line is gone. */
  async function waitFor<T>(look: () => T | undefined, limitMs: number): Promise<T | undefined> {
    const endMs = clock.monotonicMs() + limitMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (ended)
        throw new ProvisionFailure(everReceived ? 'port.lost' : 'port.busy', 'the other end hung up');
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(leftMs, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      });
    }
  }

  const send = (text: string) => {
    if (!ended) stream.write(text);
  };
  const promptShown = () => {
    if (/password>$/.test(received)) return 'locked';
    return /(^|[\r\n])>$/.test(received) || /\[J>$/.test(received) ? 'open' : undefined;
  };

  async function exchange(source: string): Promise<string | { error: string } | undefined> {
    received = '';
    send(packet(source));
    const answer = await waitFor(() => readAnswer(received), limits.answerMs);
    if (typeof answer !== 'object') return answer;
    // The error's words follow the refusal.
    const said = await waitFor(() => /Uncaught ([^\r\n]+)[\r\n]/.exec(received)?.[1], limits.retryMs);
    return { error: said ?? 'refused' };
  }

  const client: PromptClient = {
    async find() {
      const tries = Math.ceil(limits.findMs / limits.retryMs);
      for (let attempt = 0; attempt < tries; attempt++) {
        received = '';
        send(`${WAKING[Math.min(attempt, WAKING.length - 1)]}\n`);
        const state = await waitFor(promptShown, limits.retryMs);
        if (state !== undefined) return state;
      }
      return everReceived ? 'strange' : 'silent';
    },
    async unlock(passwords) {
      for (const password of passwords) {
        received = '';
        send(`${password}\n`);
        const answer = await waitFor(() => /Logged in|Invalid password/.exec(received)?.[0], limits.answerMs);
        if (answer === 'Logged in') return true;
        // It was restarting just then: its prompt comes back, locked or not.
        if (answer === undefined && (await client.find()) === 'open') return true;
      }
      return false;
    },
    async evaluate(source) {
      const packetSource = `JSON.stringify(${source})`;
      let answer = await exchange(packetSource);
      // Bytes were lost on the way: once the prompt is back, the same again.
      if (answer === undefined && (await client.find()) === 'open') answer = await exchange(packetSource);
      if (answer === undefined) throw new ProvisionFailure('port.lost', 'no answer to a packet');
      if (typeof answer === 'object') return { ok: false, error: answer.error };
      // A value that JSON has no word for comes as null.
      const text = JSON.parse(answer) as string | null;
      return { ok: true, value: text === null ? undefined : JSON.parse(text) };
    },
    type(line, answer, limitMs = limits.answerMs) {
      received = '';
      send(`\x10${line}\n`);
      return waitFor(() => answer.exec(received) ?? undefined, limitMs);
    },
    hear: (pattern, limitMs) => waitFor(() => pattern.exec(received) ?? undefined, limitMs),
    heard: () => received.slice(-200),
  };
  return client;
}

/** Padded with blanks until no byte of its head is a control character of the line. */
function packet(source: string): string {
  let data = source;
  while (UNSAFE_BYTES.includes(data.length & 255)) data += ' ';
  if (data.length > PACKET_LIMIT_BYTES) throw new Error(`a packet of ${data.length} bytes`);
  const head = EVAL_TYPE | data.length;
  return `\x10\x01${String.fromCharCode(head >> 8, head & 255)}${data}`;
}

function readAnswer(received: string): string | { error: string } | undefined {
  const start = received.indexOf(ACK_RESPONSE);
  if (start < 0) return received.includes(NAK) ? { error: '' } : undefined;
  const head = start + ACK_RESPONSE.length;
  if (received.length < head + 2) return undefined;
  const length = ((received.charCodeAt(head) << 8) | received.charCodeAt(head + 1)) & PACKET_LIMIT_BYTES;
  const data = received.slice(head + 2, head + 2 + length);
  return data.length === length ? data : undefined;
}
