// Who may run: the gateway and each evaluator are up while nothing keeps them down. Night, repairs and faults overlap,
// so each holds its own reason.
import type { World } from '../world/world.ts';

export interface Switch {
  /** Kept down for a reason until it is let go again. */
  hold(reason: string): void;
  letGo(reason: string): void;
  readonly held: boolean;
}

export function makeSwitch(onUp: () => void): Switch {
  const reasons = new Set<string>();
  return {
    hold(reason) {
      reasons.add(reason);
    },
    letGo(reason) {
      if (!reasons.delete(reason)) return;
      if (reasons.size === 0) onUp();
    },
    get held() {
      return reasons.size > 0;
    },
  };
}

export function holdFor(world: World, its: Switch, given: { reason: string; forMs: number }): void {
  its.hold(given.reason);
  world.clock.after(given.forMs, () => its.letGo(given.reason));
}
