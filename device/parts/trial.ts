// The part that runs while the version that runs is not confirmed: on trial after an update, or written over the
// serial line. Confirms it once it has heard the gateway and passed its self-test; a version on trial that does not
// get so far in time is given up, and the one before it comes back.
import type { UpdateCode } from '../../protocol/updates.ts';
import { confirm, giveUp, isOnTrial } from '../boot/slot-choice.ts';
import type { OrderContext } from '../update/context.ts';

/** The gateway may have been restarted just then. */
export const TRIAL_MS = 600_000;
const CHECK_MS = 1000;

export default function startTrial(context: OrderContext): void {
  const timers = context.hardware.timers;
  const errorsBefore = context.store.flashErrors();

  function tell(state: 'confirmed' | 'returned', code?: UpdateCode): void {
    const report: Record<string, unknown> = { version: context.version, state: state, offset: 0 };
    if (code) report.code = code;
    context.link.send('progress', report);
  }

  /** Reading the choice proves that the identity's flash answers; the journal tells its own errors there too. */
  function isSound(): boolean {
    return (
      !context.faulty() &&
      context.store.flashErrors() === errorsBefore &&
      context.journal.state().capacity > 0
    );
  }

  function leave(code: UpdateCode): void {
    tell('returned', code);
    giveUp(context.store);
    restartAtRest();
  }

  function restartAtRest(): void {
    if (context.atRest()) context.restart();
    else timers.after(CHECK_MS, restartAtRest);
  }

  function look(): void {
    const online = context.link.state() === 'online';
    if (online && isSound() && confirm(context.store, context.hardware.slot)) tell('confirmed');
    else if (online && isOnTrial(context.store)) leave('update.self-test');
    else if (isOnTrial(context.store) && timers.uptimeMs() > TRIAL_MS) leave('update.not-confirmed');
    else timers.after(CHECK_MS, look);
  }

  look();
}
