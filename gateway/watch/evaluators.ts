// What is wrong with evaluators that can still say so: with every heartbeat they tell of faults, keys, restarts and
// their clock. Alarms, `pingjia device` and the status ask here. Keeps one note for each evaluator, and no more.
import type { Health } from '../../protocol/messages.ts';
import type { Clock, Sessions } from '../ports.ts';

/** fault: takes no presses. keys: stuck or bouncing. resets: restarts nobody ordered. clock: runs wrong. */
export type EvaluatorTrouble = 'fault' | 'keys' | 'resets' | 'clock';

/** Restarts that nobody ordered within a day: a hall that loses its power once or twice is none of it. */
export const RESETS_A_DAY = 5;
const DAY_MS = 86_400_000;
/** 17 seconds a day, ten times what the crystal of a board does. */
export const DRIFT_ALARM_PPM = 200;

export interface EvaluatorWatch {
  /** Of an evaluator that is connected and has told how it is; else none. */
  troublesOf(device: string): EvaluatorTrouble[];
  /** Every kind that some evaluator has. */
  troubles(): EvaluatorTrouble[];
}

export interface ResetMark {
  atMs: number;
  resets: number;
}

export function watchEvaluators(parts: {
  sessions: Pick<Sessions, 'connected' | 'onHealth'>;
  clock: Pick<Clock, 'nowMs'>;
}): EvaluatorWatch {
  const marks = new Map<string, ResetMark[]>();
  parts.sessions.onHealth(({ device }, { resets }) =>
    marks.set(device, marked(marks.get(device) ?? [], { atMs: parts.clock.nowMs(), resets })),
  );
  const of = (device: string, health: Health | undefined) =>
    health ? troublesIn(health, resetsWithinDay(marks.get(device) ?? [], parts.clock.nowMs())) : [];
  return {
    troublesOf: (device) =>
      of(device, parts.sessions.connected().find((session) => session.device === device)?.health),
    troubles: () => [
      ...new Set(parts.sessions.connected().flatMap(({ device, health }) => of(device, health))),
    ],
  };
}

export function troublesIn(health: Health, resetsToday: number): EvaluatorTrouble[] {
  const holds: Record<EvaluatorTrouble, boolean> = {
    fault: health.fault > 0,
    keys: health.stuck.length + health.bouncing.length > 0,
    resets: resetsToday >= RESETS_A_DAY,
    clock: Math.abs(health.drift ?? 0) > DRIFT_ALARM_PPM,
  };
  return (Object.keys(holds) as EvaluatorTrouble[]).filter((trouble) => holds[trouble]);
}

/** Only changes are kept, and of those as many as the alarm needs. */
export function marked(marks: readonly ResetMark[], now: ResetMark): ResetMark[] {
  const last = marks.at(-1);
  if (last?.resets === now.resets) return [...marks];
  // Fewer than before: it is another board under this id, whose count says nothing about the one before.
  return last && last.resets < now.resets ? [...marks, now].slice(-RESETS_A_DAY - 1) : [now];
}

/** Against what was told last before the day began, or first of all. */
export function resetsWithinDay(marks: readonly ResetMark[], nowMs: number): number {
  const before = marks.findLast(({ atMs }) => atMs < nowMs - DAY_MS) ?? marks[0];
  return before ? marks.at(-1)!.resets - before.resets : 0;
}
