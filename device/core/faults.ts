// What can go wrong with an evaluator so that it takes no presses, in one table: the code its screen shows, and
// what to do. README.md prints it; a test compares the two.

export interface Fault {
  /** Shown large, from 1. */
  number: number;
  meaning: string;
  remedy: string;
}

export const FAULTS = {
  flash: {
    number: 1,
    meaning: 'A record could not be written to flash, or did not read back.',
    remedy: 'Restart the evaluator; if the fault returns, replace it. What was thanked for is kept.',
  },
  start: {
    number: 2,
    meaning: 'The firmware failed while starting.',
    remedy: 'Restart the evaluator; if the fault returns, provision it anew.',
  },
} as const satisfies Record<string, Fault>;

export type FaultCode = keyof typeof FAULTS;
/** The part the firmware carries. */
export const faultNumber = (code: FaultCode): number => (code === 'flash' ? 1 : 2);
