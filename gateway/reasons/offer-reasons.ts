// Offers the reasons of a level right after the acknowledgement of a press that a person has just made. Off unless the
// hall has configured some; never asks twice, and a press that comes late gets no offer: whoever made it has gone.
import { FLAG_CLOCK_SET, RECORD_PRESS } from '../../protocol/constants.ts';
import type { Image } from '../../protocol/messages.ts';
import type { Committed } from '../observed-writer.ts';
import type { Clock, Log, Sessions } from '../ports.ts';
import type { Screens } from '../screens/screens.ts';
import { reasonText } from './reason-codes.ts';

/** Older presses are delivered after an outage; their applicant does not stand there any more. */
export const OFFER_WITHIN_MS = 10_000;

export interface ReasonsOfLevel {
  level: number;
  codes: readonly number[];
}

export interface ReasonOffers {
  committed(change: Committed): void;
}

export function makeReasonOffers(parts: {
  reasons: readonly ReasonsOfLevel[];
  screens: Pick<Screens, 'reason'>;
  sessions: Pick<Sessions, 'send'>;
  clock: Clock;
  log: Log;
}): ReasonOffers {
  const { reasons, screens, sessions, clock, log } = parts;
  const optionsOf = (level: number): { code: number; label: Image }[] =>
    (reasons.find((item) => item.level === level)?.codes ?? []).map((code) => ({
      code,
      label: screens.reason(reasonText(level, code) ?? String(code)),
    }));

  const offer = (device: string, { seq, level }: { seq: number; level: number }) => {
    try {
      sessions.send(device, 'control', { do: 'reasons', seq, options: optionsOf(level) });
    } catch (error) {
      log.error({ err: error, device }, 'The reasons of a press could not be offered.');
    }
  };

  return {
    committed({ name, input, out }) {
      if (reasons.length === 0 || name !== 'store-evaluation' || out.state !== 'stored') return;
      const { device, record } = input;
      if (record.kind !== RECORD_PRESS || !reasons.some(({ level }) => level === record.level)) return;
      const hasClock = (record.flags & FLAG_CLOCK_SET) !== 0;
      if (hasClock && clock.nowMs() - record.wall > OFFER_WITHIN_MS) return;
      // The acknowledgement leaves at the end of this turn of the event loop; the offer follows it.
      setImmediate(offer, device, record);
    },
  };
}
