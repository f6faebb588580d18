// The parts of provisioning that need no board: table and document, versions, ids, the list of a batch.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { batchReportCsv, parseBatch } from './batch.ts';
import { isAtLeast } from './check-board.ts';
import { deviceIdFor, unusedId } from './device-id.ts';
import { failureTable } from './failures.ts';
import { boardHash } from './install-files.ts';
import { lockPassword } from './lock-password.ts';

it('is documented with every failure and what to do about it, in English and Chinese', () => {
  const page = (name: string) => readFileSync(new URL(`../../../device/${name}`, import.meta.url), 'utf8');
  expect(page('README.md')).toContain(`<!-- made: provision-failures -->\n${failureTable()}\n<!-- end -->`);
  const codes = (text: string) => [...text.matchAll(/^\| `([a-z.-]+)` \|/gm)].map(([, code]) => code);
  const chinese = codes(page('PROVISIONING.zh-CN.md'));
  expect(chinese).toEqual(codes(failureTable()));
});

it('takes an interpreter from the oldest that will do, by release and by changes after it', () => {
  const oldest = '2v29.277';
  expect(
    ['2v29.277', '2v29.300', '2v30', '2v30.1', '3v00'].every((version) => isAtLeast(version, oldest)),
  ).toBe(true);
  expect(
    ['2v29', '2v29.276', '2v25', '1v99.400', 'x', ''].some((version) => isAtLeast(version, oldest)),
  ).toBe(false);
});

it('names an evaluator after its window, keeps the one that is there, and never uses an id twice', () => {
  const there = { id: 'left', window: 'a01', state: 'registered' as const };
  const gone = { id: 'a02', window: 'a02', state: 'revoked' as const };
  expect(deviceIdFor('a01', [there, gone])).toBe('left');
  expect(deviceIdFor('a02', [there, gone])).toBe('a02-2');
  expect(deviceIdFor('a03', [there, gone])).toBe('a03');
  expect(unusedId('x'.repeat(32), [{ id: 'x'.repeat(32) }])).toBe(`${'x'.repeat(30)}-2`);
});

it('reads a list of boards, and says which line of it is wrong', () => {
  expect(parseBatch('port,window,id\r\n/dev/ttyUSB0,A01,\r\ntcp://h:1,A02,left\r\n\r\n')).toEqual([
    { port: '/dev/ttyUSB0', window: 'A01', id: undefined },
    { port: 'tcp://h:1', window: 'A02', id: 'left' },
  ]);
  expect(parseBatch('port;window\n')).toMatch(/first line/);
  expect(parseBatch('')).toMatch(/first line/);
  expect(parseBatch('port,window\n/dev/x,\n')).toMatch(/line 2/);
  expect(parseBatch('port,window\n/dev/x,a,b\n')).toMatch(/line 2/);
  const row = { port: 'p', window: 'w', id: undefined, code: 'x', sentence: 'a, "b"', seconds: 1 };
  expect(batchReportCsv([row])).toBe('port,window,id,result,text,seconds\np,w,,x,"a, ""b""",1.0\n');
});

it('locks every prompt with another password that the interpreter can hold', () => {
  const key = Buffer.alloc(32, 7);
  const one = lockPassword(key, { hall: 'h', id: 'a' });
  expect(one).toMatch(/^[a-z2-7]{20}$/);
  expect(one).toBe(lockPassword(key, { hall: 'h', id: 'a' }));
  expect(
    new Set([
      one,
      lockPassword(key, { hall: 'h', id: 'b' }),
      lockPassword(Buffer.alloc(32), { hall: 'h', id: 'a' }),
    ]).size,
  ).toBe(3);
});

it('hashes a file in pieces that a board has room for', () => {
  expect(boardHash(Buffer.alloc(0))).toMatch(/^0:/);
  const data = Buffer.alloc(2500, 1);
  const changed = Buffer.from(data);
  changed[2499] = 2;
  expect(boardHash(data)).toMatch(/^2500:[\w+/]{43}=$/);
  expect(boardHash(changed)).not.toBe(boardHash(data));
});
