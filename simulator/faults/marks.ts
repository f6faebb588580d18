// Which rare branches a run has visited: the marks of the gateway's code, and for evaluators, whose memory has no room
// for marks, what they tell and what is seen of their flash. The report names those that no seed has reached.
import { listenToMarks, MARKS } from '../../gateway/marks.ts';

interface Told {
  line: RegExp;
  what: string;
}

/** Lines of the trace. */
const TOLD: Readonly<Record<string, Told>> = {
  'journal.torn-write': { line: / inside a write of its journal$/, what: 'a record is torn by a power cut' },
  'journal.torn-erase': { line: / inside an erase of its journal$/, what: 'an erase is torn by a power cut' },
  'journal.erased': { line: / erases a page of its journal$/, what: 'room is made in the ring' },
  'identity.torn': { line: / of its identity$/, what: 'a counter is torn by a power cut' },
  'evaluator.no-gateway': { line: / link no-gateway$/, what: 'nobody answers its probe' },
  'evaluator.refused': { line: / link refused$/, what: 'the gateway does not take its connection' },
  'evaluator.timeout': { line: / log mqtt\.timeout$/, what: 'an answer does not come in time' },
  'evaluator.socket': { line: / log mqtt\.socket$/, what: 'its connection is lost' },
  'evaluator.no-card': { line: / screen chosen( 0{16})?$/, what: 'somebody presses without a card' },
};

export const ALL_MARKS: Readonly<Record<string, string>> = {
  ...MARKS,
  ...Object.fromEntries(Object.entries(TOLD).map(([name, { what }]) => [name, what])),
};

export interface MarkWatch {
  line(line: string): void;
  /** Sorted. */
  reached(): string[];
  end(): void;
}

export function watchMarks(): MarkWatch {
  const reached = new Set<string>();
  const waiting = new Map(Object.entries(TOLD));
  const end = listenToMarks((name) => reached.add(name));
  return {
    line(line) {
      for (const [name, told] of waiting) {
        if (!told.line.test(line)) continue;
        waiting.delete(name);
        reached.add(name);
      }
    },
    reached: () => [...reached].sort(),
    end,
  };
}

export const missedOf = (reached: ReadonlySet<string>): string[] =>
  Object.keys(ALL_MARKS).filter((name) => !reached.has(name));
