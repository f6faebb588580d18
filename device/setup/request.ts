// Reads the requests of the set-up page: HTTP/1 as far as one form needs it, from whoever has joined the access point.
// Pure; nothing in it is trusted, and nothing of it is ever sent back.

export const REQUEST_LIMIT_BYTES = 2048;

export type Request =
  /** Not all of it is there yet. */
  | { kind: 'more' }
  | { kind: 'malformed' }
  | { kind: 'missing' }
  | { kind: 'form' }
  | { kind: 'settings'; code: string; name: string; password: string };

/** `text`: what was received so far, one character a byte. */
export function readRequest(text: string): Request {
  if (text.length > REQUEST_LIMIT_BYTES) return { kind: 'malformed' };
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return { kind: 'more' };
  const lines = text.slice(0, end).split('\r\n');
  const words = lines[0]!.split(' ');
  if (words.length !== 3 || !words[2]!.startsWith('HTTP/1.')) return { kind: 'malformed' };
  if (words[0] !== 'GET' && words[0] !== 'POST') return { kind: 'malformed' };
  if (words[1] !== '/') return { kind: 'missing' };
  if (words[0] === 'GET') return { kind: 'form' };
  const bytes = bodyBytes(lines);
  const body = text.slice(end + 4);
  if (bytes < 0 || end + 4 + bytes > REQUEST_LIMIT_BYTES) return { kind: 'malformed' };
  return body.length < bytes ? { kind: 'more' } : readFields(body.slice(0, bytes));
}

/** −1 unless the length is given once, in digits. */
function bodyBytes(lines: string[]): number {
  let bytes = -1;
  for (const line of lines) {
    if (!line.toLowerCase().startsWith('content-length:')) continue;
    const value = line.slice(15).trim();
    if (bytes >= 0 || !/^[0-9]+$/.test(value) || value.length > 4) return -1;
    bytes = Number(value);
  }
  return bytes;
}

function readFields(body: string): Request {
  const given: string[] = [];
  for (const pair of body.split('&')) {
    const at = pair.indexOf('=');
    const value = decode(pair.slice(at + 1));
    const index = ['code', 'name', 'password'].indexOf(pair.slice(0, Math.max(0, at)));
    if (value === undefined || index < 0 || given[index] !== undefined) return { kind: 'malformed' };
    given[index] = value;
  }
  const code = given[0];
  const name = given[1];
  const password = given[2];
  if (code === undefined || name === undefined || password === undefined) return { kind: 'malformed' };
  return { kind: 'settings', code: code, name: name, password: password };
}

const DIGITS = '0123456789abcdef';

/** The bytes that a form's value stands for; undefined where an escape is broken. */
function decode(text: string): string | undefined {
  let value = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '%') {
      const pair = text.slice(at + 1, at + 3).toLowerCase();
      const high = pair.length === 2 ? DIGITS.indexOf(pair[0]!) : -1;
      const low = pair.length === 2 ? DIGITS.indexOf(pair[1]!) : -1;
      if (high < 0 || low < 0) return undefined;
      value += String.fromCharCode(16 * high + low);
      at += 2;
    } else value += character === '+' ? ' ' : character;
  }
  return value;
}
