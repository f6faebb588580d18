// The people of the demo: one applicant at a time before each evaluator, and the record of what was pressed there,
// by applicants or by visitors of the page.

import { type ApplicantSeat, createApplicantSeat } from '../people/applicant.ts';
import { BRISK_PACE, decisionMaker, EVERYDAY_PACE } from '../people/decisions.ts';
import { type Choice, createPressRecorder } from '../people/press-record.ts';
import { seededRandom } from '../people/random.ts';
import type { WorldClock } from '../ports.ts';
import type { EvaluatorHost } from './evaluator-host.ts';

export interface SeatOptions {
  evaluator: EvaluatorHost;
  clock: WorldClock;
  seed: number;
  brisk: boolean;
  peopleFile: string;
  onChoice: (choice: Choice) => void;
}

export function openSeat(options: SeatOptions): ApplicantSeat {
  const { evaluator, clock, seed } = options;
  const { device } = evaluator.window;
  const random = seededRandom(seed, `people ${device}`);
  const seat = createApplicantSeat({
    clock,
    press: evaluator.press,
    nextDecision: decisionMaker({ random, pace: options.brisk ? BRISK_PACE : EVERYDAY_PACE }),
  });
  const recorder = createPressRecorder({ device, file: options.peopleFile, onChoice: options.onChoice });
  evaluator.listen({
    onScreen: (screen) => {
      recorder.onScreen(screen);
      seat.onScreen(screen);
    },
    onKey: recorder.onKey,
    onThanked: recorder.onThanked,
  });
  return seat;
}
