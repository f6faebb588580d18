// What a hello leads to: gaps are listed, the evaluator learns the time and what is on disk, and sends again what a
// restored database lacks. One that shows the database to be an older copy makes every other one be asked anew.
import type { Hello } from '../../protocol/messages.ts';
import type { Session, SessionTable } from '../broker/sessions.ts';
import { mark } from '../marks.ts';
import type { Clock, Counters, Log, Writer } from '../ports.ts';

export interface HelloParts {
  writer: Pick<Writer, 'submit'>;
  sessions: SessionTable;
  clock: Clock;
  counters: Counters;
  log: Log;
  /** Told with every `ack`. */
  epoch: { current: number };
}

export function makeHello({ writer, sessions, clock, counters, log, epoch }: HelloParts) {
  const note = async (device: string, { boot, uptime, oldest, next, missing, acked }: Hello) => {
    const noted = await writer.submit('note-hello', {
      device,
      boot,
      uptime,
      oldest,
      next,
      missing: missing as [number, number][],
      acked,
      atMs: clock.nowMs(),
    });
    epoch.current = noted.epoch;
    for (const [first, last] of noted.gaps) {
      mark('hello.gap');
      log.error(
        { code: 'device.gap', device, first, last },
        'Records of this device are lost; the gap is listed.',
      );
    }
    return noted;
  };

  const askAgain = (device: string, from: number | undefined) => {
    if (from === undefined) return;
    mark('hello.resend');
    log.warn({ code: 'epoch.resend', device, from }, 'The evaluator is asked for what the database lacks.');
    sessions.send(device, 'control', { do: 'resend', from });
  };

  /** Those that said hello before it was known: what they said then still says what was acknowledged to them. */
  const hearOthers = async (first: string): Promise<void> => {
    for (const { device, hello } of sessions.connected()) {
      if (device === first || !hello) continue;
      askAgain(device, (await note(device, hello)).resendFrom);
    }
  };

  return async (session: Session, hello: Hello): Promise<void> => {
    const device = session.device.id;
    const noted = await note(device, hello);
    if (noted.epochBegun) {
      counters.count('epoch.begun');
      mark('hello.older-copy');
      log.error(
        { code: 'epoch.begun', device, epoch: noted.epoch },
        'The database is an older copy: the evaluators are asked for what it lacks.',
      );
    }
    sessions.sendTo(session, 'time', { echo: hello.uptime, wall: clock.nowMs() });
    sessions.sendTo(session, 'ack', { upTo: noted.upTo, epoch: noted.epoch });
    sessions.helloReceived(session, hello);
    askAgain(device, noted.resendFrom);
    if (noted.epochBegun) await hearOthers(device);
  };
}
