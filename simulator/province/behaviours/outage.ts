// Out of service from one moment to another: connections break and nothing is decided.
import type { ProvinceBehaviour } from './behaviour.ts';

export function outage({ fromMs, untilMs }: { fromMs: number; untilMs: number }): ProvinceBehaviour {
  return {
    name: 'outage',
    reply: ({ nowMs }, next) => (nowMs >= fromMs && nowMs < untilMs ? { do: 'break' } : next()),
  };
}
