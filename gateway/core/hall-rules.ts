// The rules of one hall as configured, with the regulation's own as default (黑政办发〔2020〕21号).
import type { DayOverride } from './calendar.ts';
import { REGULATION_TERM, type TermRules } from './term.ts';

export interface HallRules {
  term: TermRules;
  /** Level of a default evaluation: 3 is 基本满意. */
  defaultLevel: number;
  calendarOverrides: readonly DayOverride[];
}

export const REGULATION_RULES: HallRules = {
  term: REGULATION_TERM,
  defaultLevel: 3,
  calendarOverrides: [],
};
