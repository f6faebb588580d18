// What a person has to know of, by stable code, each with what to do. The status page, /readyz, the metrics and the
// command line say the same because they all ask here. Pure.

import type { EvaluatorTrouble } from './evaluators.ts';

export interface Standing {
  /** The database takes commits. */
  storing: boolean;
  clockHeld: boolean;
  unknownYears: readonly number[];
  /** Evaluators that a restored database waits for, and those not heard since the start. */
  awaited: number;
  silentSinceStart: number;
  /** Undefined on the gateway's own broker. */
  brokerConnected: boolean | undefined;
  /** Ids of ways upstream that count as away. */
  upstreamAway: readonly string[];
  /** Refused records and listed corrections. */
  stuck: number;
  counts: Readonly<Record<string, number>>;
  /** What evaluators that are connected tell of themselves. */
  evaluators: readonly EvaluatorTrouble[];
}

export interface Alarm {
  code: string;
  meaning: string;
  remedy: string;
}

interface Rule extends Alarm {
  holds(standing: Standing): boolean;
}

const RULES: readonly Rule[] = [
  {
    code: 'store.unavailable',
    meaning: 'The database takes no commits: nothing is acknowledged.',
    remedy: 'Look at the disk: room, mount, errors in the system log. Intake resumes by itself.',
    holds: ({ storing }) => !storing,
  },
  {
    code: 'broker.away',
    meaning: 'The broker that evaluators connect to cannot be reached.',
    remedy: 'Start it, or correct broker.external; evaluators keep their presses meanwhile.',
    holds: ({ brokerConnected }) => brokerConnected === false,
  },
  {
    code: 'epoch.catching-up',
    meaning: 'The database is a restored copy and waits for evaluators to send again what it lacks.',
    remedy: 'Switch them on; for one that will not come back, `pingjia device abandon`.',
    holds: ({ awaited }) => awaited > 0,
  },
  {
    code: 'start.waiting',
    meaning: 'Windows whose evaluator has not said hello since the start wait up to two minutes.',
    remedy: 'Nothing, unless evaluators stay offline.',
    holds: ({ silentSinceStart }) => silentSinceStart > 0,
  },
  {
    code: 'clock.held',
    meaning: 'The clock is in doubt: no default is set.',
    remedy: 'Compare it with a watch, then `pingjia clock confirm`.',
    holds: ({ clockHeld }) => clockHeld,
  },
  {
    code: 'calendar.unknown-year',
    meaning: 'A running term reaches a year without arrangement of working days.',
    remedy: 'Update pingjia, or set calendar.overrides.',
    holds: ({ unknownYears }) => unknownYears.length > 0,
  },
  {
    code: 'upstream.away',
    meaning: 'A way upstream does not answer; its records wait.',
    remedy: 'See `pingjia status` for which, and look at the network and at the other side.',
    holds: ({ upstreamAway }) => upstreamAway.length > 0,
  },
  {
    code: 'upstream.stuck',
    meaning: 'Records were refused upstream, or corrections wait for a person.',
    remedy: 'See `pingjia upstream list`.',
    holds: ({ stuck }) => stuck > 0,
  },
  {
    code: 'evaluation.different',
    meaning: 'An evaluator sent another record under a sequence that is stored.',
    remedy: 'Its flash was lost or copied: revoke it and register it under a new id.',
    holds: ({ counts }) => (counts['evaluation.different'] ?? 0) > 0,
  },
  {
    code: 'evaluation.signature',
    meaning: 'Records came whose signature is wrong.',
    remedy: 'Look at the log for the evaluator; if it is ours, at its flash errors.',
    holds: ({ counts }) => (counts['evaluation.signature'] ?? 0) > 0,
  },
  {
    code: 'quarantine.full',
    meaning: 'An evaluator sent more that cannot be accepted than is kept in a day.',
    remedy: 'Look at the log for which, and take it out of service.',
    holds: ({ counts }) => (counts['quarantine.full'] ?? 0) > 0,
  },
  {
    code: 'evaluator.replayed',
    meaning: 'An evaluator was refused: it says boot and connection numbers that were seen before.',
    remedy:
      'The log says which. Its flash was erased or copied: `pingjia device replace` it, and provision the board under the new id.',
    holds: ({ counts }) => (counts['connect.replayed'] ?? 0) > 0,
  },
  {
    code: 'evaluator.fault',
    meaning: 'An evaluator has a fault and takes no presses.',
    remedy: '`pingjia device list` says which; its code and what to do are in device/README.md.',
    holds: ({ evaluators }) => evaluators.includes('fault'),
  },
  {
    code: 'evaluator.keys',
    meaning: 'A key of an evaluator is stuck or bounces.',
    remedy: '`pingjia device show` says which; clean or replace it, then `pingjia device reboot`.',
    holds: ({ evaluators }) => evaluators.includes('keys'),
  },
  {
    code: 'evaluator.resets',
    meaning: 'An evaluator restarted five times within a day without an order.',
    remedy: 'Look at its plug and power supply; if they are sound, replace it.',
    holds: ({ evaluators }) => evaluators.includes('resets'),
  },
  {
    code: 'evaluator.clock',
    meaning: 'The clock of an evaluator runs wrong by more than 17 seconds a day.',
    remedy: 'Replace its board: what is pressed while it is offline is dated by that clock.',
    holds: ({ evaluators }) => evaluators.includes('clock'),
  },
];

const alarmOf = ({ code, meaning, remedy }: Alarm): Alarm => ({ code, meaning, remedy });

export const ALARMS: readonly Alarm[] = RULES.map(alarmOf);
export const ALARM_CODES: readonly string[] = ALARMS.map(({ code }) => code);

export const alarmsOf = (standing: Standing): Alarm[] =>
  RULES.filter(({ holds }) => holds(standing)).map(alarmOf);
