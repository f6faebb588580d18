import { expect, it } from 'vitest';
import { reportReady } from './supervision.ts';
import { makeFakeClock } from './testing/fake-clock.ts';

const log = { warn: () => undefined };

it('systemd is told when the gateway is ready, alive well within its limit, and stopping', () => {
  const clock = makeFakeClock(0);
  const sent: string[] = [];
  const environment = { NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '60000000' };
  const send = (message: string) => void sent.push(message);
  const supervision = reportReady({ environment, clock, log, send });
  for (let beats = 0; beats < 3; beats += 1) clock.advance(20_000);
  expect(sent).toEqual(['READY=1', ...Array(4).fill('WATCHDOG=1')]);
  supervision.stopping();
  clock.advance(60_000);
  expect(sent.at(-1)).toBe('STOPPING=1');
});

it('nobody is told anything where no unit started the gateway', () => {
  const sent: string[] = [];
  const send = (message: string) => void sent.push(message);
  reportReady({ environment: {}, clock: makeFakeClock(0), log, send }).stopping();
  expect(sent).toEqual([]);
});
