// The rules of the hall from its configuration, in the shape that the rules take.
import type { GatewayConfig } from './config/load.ts';
import type { HallRules } from './core/hall-rules.ts';

export function hallRulesOf({ rules, calendar }: GatewayConfig): HallRules {
  return {
    term: { days: rules.termDays, kind: rules.termKind, start: rules.termStart },
    defaultLevel: rules.defaultLevel,
    calendarOverrides: calendar.overrides,
  };
}
