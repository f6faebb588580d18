import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { respond } from './pages.ts';
import { REQUEST_LIMIT_BYTES, readRequest } from './request.ts';

const post = (body: string, head = `Content-Length: ${body.length}`) =>
  `POST / HTTP/1.1\r\nHost: 192.168.4.1\r\n${head}\r\n\r\n${body}`;

describe('a request to the set-up page', () => {
  it('is read in whatever pieces it comes', () => {
    const body = 'code=12345678&name=%E5%A4%A7%E5%8E%85+A&password=a%26b%3Dc';
    const text = post(body);
    for (let length = 0; length < text.length; length++)
      expect(readRequest(text.slice(0, length)).kind).toBe('more');
    const name = Buffer.from('大厅 A').toString('latin1');
    expect(readRequest(text)).toEqual({ kind: 'settings', code: '12345678', name, password: 'a&b=c' });
    expect(readRequest('GET / HTTP/1.1\r\n\r\n').kind).toBe('form');
    expect(readRequest('GET /generate_204 HTTP/1.1\r\n\r\n').kind).toBe('missing');
  });

  it('is refused when it is too long, not HTTP, or sets anything but the Wi-Fi', () => {
    const refused = [
      'x'.repeat(REQUEST_LIMIT_BYTES + 1),
      'hello\r\n\r\n',
      'PUT / HTTP/1.1\r\n\r\n',
      post('code=1&name=a&password=b', 'Content-Length: 99999'),
      post('code=1&name=a&password=b', 'Content-Length: -1'),
      post('code=1&name=a&password=b', 'Transfer-Encoding: chunked'),
      post('code=1&name=a&password=b', 'Content-Length: 24\r\nContent-Length: 24'),
      post('code=1&name=a'),
      post('code=1&name=a&password=%zz'),
      post('code=1&name=a&name=b&password=c'),
      post('code=1&name=a&password=b&gateway=10.0.0.1'),
    ];
    for (const text of refused) expect(readRequest(text), text.slice(0, 80)).toEqual({ kind: 'malformed' });
  });

  it('never throws and never grows, whatever is sent', () => {
    const kinds = ['more', 'malformed', 'missing', 'form', 'settings'];
    const sent = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ maxLength: 200 }).map((body) => post(body)),
      fc
        .array(
          fc.constantFrom('GET ', 'POST ', '/', ' HTTP/1.1', '\r\n', '%', '=', '&', 'content-length:', '9'),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(fc.property(sent, (text) => kinds.includes(readRequest(text).kind)));
  });
});

describe('an answer of the set-up page', () => {
  it('has the length it says, in characters that are bytes', () => {
    for (const answer of [
      'form',
      'saved',
      'wrong',
      'wait',
      'invalid',
      'room',
      'malformed',
      'missing',
    ] as const) {
      const text = respond(answer);
      const body = text.slice(text.indexOf('\r\n\r\n') + 4);
      expect(text).toContain(`Content-Length: ${body.length}\r\n`);
      expect(text, answer).toMatch(/^[\r\n -~]*$/);
    }
  });
});
