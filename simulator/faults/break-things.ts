// What each kind of fault does to a hall, and how it ends. Nothing of it outlives the run's first phase: `heal` puts
// everything right that is still broken.

import type { Random } from '../people/random.ts';
import type { ProvinceBehaviour } from '../province/behaviours/behaviour.ts';
import { doubledCall } from '../province/behaviours/doubled-call.ts';
import { errorBody } from '../province/behaviours/error-body.ts';
import { halfAnswer } from '../province/behaviours/half-answer.ts';
import { outage } from '../province/behaviours/outage.ts';
import { serverError } from '../province/behaviours/server-error.ts';
import { silence } from '../province/behaviours/silence.ts';
import { slow } from '../province/behaviours/slow.ts';
import { endMeddling } from '../world/meddler.ts';
import { timeOf } from '../world/trace.ts';
import type { PlannedFault } from './draw-fault.ts';
import { confirmClock, type SimulatedHall } from './hall.ts';
import { rotErased } from './rotten-flash.ts';
import { holdFor } from './switchboard.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Flash operations of a press: payload, its commit mark, and what is read back; some more for an erase. */
const OPERATIONS_LIMIT = 8;
/** Of the disk, until it stops; a commit has about four. */
const STEPS_LIMIT = 24;
const SYNCS_LIMIT = 8;
const MEDDLINGS = ['hasty-broker', 'forger', 'replayer', 'garbler'] as const;
const ROOM_LIMIT_BYTES = 200_000;
const JUMP_LIMIT_MS = 6 * HOUR_MS;
/** A wrong date: days ahead, whatever the hour. */
const DATE_LIMIT_MS = 3 * 24 * HOUR_MS;
const WRONG_DATE_FROM = 0.75;
/** Of the ends around a commit: those that wait for one with a record. */
const WITH_RECORD_SHARE = 0.7;
/** A quarter of an hour an hour would be another clock; this is a bad crystal. */
const DRIFT_LIMIT = 0.002;
const ACCEPTED_AGAIN_SHARE = 0.4;
const LOSS = { share: 0.25, doubled: 0.1 };

export interface Faults {
  /** What is still broken is put right. */
  heal(): void;
}

export function planFaults(hall: SimulatedHall): Faults {
  const { world, plan } = hall;
  let healed = false;
  const ends = new Set<() => void>();

  for (const fault of plan.faults)
    world.clock.after(fault.atMs, () => {
      if (healed) return;
      world.touch();
      const begin = () => {
        if (healed) return;
        world.touch();
        const span = {
          kind: fault.kind,
          fromMs: world.clock.wallMs(),
          untilMs: world.clock.wallMs() + fault.forMs,
          detail: `${fault.index}`,
        };
        hall.faults.push(span);
        world.trace.say('fault', `${fault.index} ${fault.kind} until ${timeOf(span.untilMs)}`);
        const undo = strike(hall, fault);
        const end = () => {
          if (!ends.delete(end)) return;
          span.untilMs = Math.min(span.untilMs, world.clock.wallMs());
          world.touch();
          world.trace.say('fault', `${fault.index} ${fault.kind} is over`);
          undo();
        };
        ends.add(end);
        world.clock.after(fault.forMs, end);
      };
      if (fault.when === undefined) begin();
      else hall.once(fault.window, fault.when, begin);
    });

  return {
    heal() {
      healed = true;
      for (const end of [...ends]) end();
      // One may have been cut off since before the run, or have had somebody faithless on its way.
      for (const evaluator of hall.evaluators) {
        evaluator.cable.plug();
        if (evaluator.meddler.meddling !== 'none') endMeddling(evaluator);
      }
    },
  };
}

/** Returns what ends it. */
function strike(hall: SimulatedHall, fault: PlannedFault): () => void {
  const { world, gateway, gatewaySwitch } = hall;
  const evaluator = hall.evaluators[fault.window]!;
  const evaluatorSwitch = hall.evaluatorSwitches[fault.window]!;
  const reason = `fault ${fault.index}`;
  const random = world.random(reason);

  switch (fault.kind) {
    case 'evaluator-torn': {
      // Most often inside the first ones, which are the press itself.
      evaluator.cutAtOperation(Math.floor(fault.amount ** 2 * OPERATIONS_LIMIT));
      return () => {
        evaluator.cutAtOperation(undefined);
        // Off it was by the cut, or is now: either way it starts anew.
        evaluatorSwitch.hold(reason);
        evaluatorSwitch.letGo(reason);
      };
    }
    case 'evaluator-off':
      evaluatorSwitch.hold(reason);
      return () => evaluatorSwitch.letGo(reason);
    case 'cable-pulled':
      evaluator.cable.pull();
      return () => evaluator.cable.plug();
    case 'bad-weather': {
      const before = evaluator.cable.weather;
      const slowest = 50 + Math.floor(fault.amount * 4000);
      evaluator.cable.weather = { delayMs: [5, slowest], loss: LOSS.share, doubled: LOSS.doubled };
      return () => {
        evaluator.cable.weather = before;
      };
    }
    case 'faithless-middle':
      evaluator.meddler.meddling = MEDDLINGS[Math.floor(fault.amount * MEDDLINGS.length)]!;
      if (evaluator.meddler.meddling === 'garbler') hall.garbled.add(evaluator.identity.device);
      return () => endMeddling(evaluator);
    case 'flash-erased':
      // An identity used twice on a database that was put back: nothing could tell what is missing.
      if (hall.restores.length > 0) return () => undefined;
      evaluatorSwitch.hold(reason);
      // Its boot numbers begin anew too; or it has been switched on and off since until the gateway took it.
      evaluator.eraseAndProvision(fault.amount < ACCEPTED_AGAIN_SHARE ? evaluator.boots + 1 : 1);
      hall.reflashed.push({ device: evaluator.identity.device, atMs: world.clock.wallMs() });
      return () => evaluatorSwitch.letGo(reason);
    case 'flash-rots':
      evaluatorSwitch.hold(reason);
      rotErased(evaluator.flash.image, random);
      return () => evaluatorSwitch.letGo(reason);
    case 'gateway-killed':
    case 'machine-off':
      return endGateway(hall, fault, random);
    case 'older-copy': {
      const { copy } = hall;
      if (!copy || !gateway.running || hall.reflashed.length > 0) return () => undefined;
      const { copiedMs, files } = copy;
      gatewaySwitch.hold(reason);
      hall.endGateway('process');
      gateway.putBack(files);
      hall.restores.push({ copiedMs, restoredMs: world.clock.wallMs() });
      for (const fact of hall.facts) if (fact.atMs > copiedMs) fact.lost = true;
      world.trace.say('operator', `puts back the copy of ${timeOf(copiedMs)}`);
      return () => gatewaySwitch.letGo(reason);
    }
    case 'disk-full':
      hall.diskFails = true;
      hall.disk.fullAfter(Math.floor(fault.amount * ROOM_LIMIT_BYTES));
      return () => {
        hall.diskFails = false;
        hall.disk.fullAfter(undefined);
      };
    case 'sync-fails': {
      hall.disk.failSync(1 + Math.floor(fault.amount * SYNCS_LIMIT));
      return () => hall.disk.failSync(undefined);
    }
    case 'clock-jump': {
      const byMs = Math.round(
        fault.amount < WRONG_DATE_FROM
          ? ((2 * fault.amount) / WRONG_DATE_FROM - 1) * JUMP_LIMIT_MS
          : ((fault.amount - WRONG_DATE_FROM) / (1 - WRONG_DATE_FROM)) * DATE_LIMIT_MS,
      );
      const move = (ms: number) => {
        gateway.clock.jump(ms);
        hall.clockOffsets.push({ atMs: world.clock.wallMs(), aheadMs: gateway.clock.aheadMs() });
        world.trace.say('gateway', `its clock jumps by ${Math.round(ms / MINUTE_MS)} min`);
      };
      move(byMs);
      return () => {
        move(-byMs);
        confirmClock(hall);
      };
    }
    case 'clock-drift': {
      gateway.clock.drift((fault.amount * 2 - 1) * DRIFT_LIMIT);
      const note = () => {
        hall.clockOffsets.push({ atMs: world.clock.wallMs(), aheadMs: gateway.clock.aheadMs() });
        if (drifting) world.clock.after(HOUR_MS, note);
      };
      let drifting = true;
      note();
      return () => {
        drifting = false;
        gateway.clock.endDrift();
        note();
      };
    }
    case 'province-away':
      return misbehave(hall, outage({ fromMs: world.clock.wallMs(), untilMs: Number.POSITIVE_INFINITY }));
    case 'province-slow':
      return misbehave(hall, slow({ delayMs: Math.round(500 * 60 ** fault.amount) }));
    case 'province-silent':
      return misbehave(hall, silence({ share: 0.2 + fault.amount * 0.6, random }));
    case 'province-broken': {
      const share = { share: 0.2 + fault.amount * 0.5, random };
      const how = [serverError, errorBody, halfAnswer][Math.floor(fault.amount * 300) % 3]!;
      return misbehave(hall, how(share));
    }
    case 'province-doubles':
      return misbehave(hall, doubledCall({ share: 0.1 + fault.amount * 0.4, random }));
  }
}

/** At once, around a commit, or in the middle of what one does to the disk; it comes again after its time. */
function endGateway(hall: SimulatedHall, fault: PlannedFault, random: Random): () => void {
  const { world, gatewaySwitch, disk, aroundCommit } = hall;
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    holdFor(world, gatewaySwitch, { reason: `fault ${fault.index}`, forMs: fault.forMs });
    hall.endGateway(fault.kind === 'machine-off' ? 'power' : 'process');
  };
  const withRecord = random() < WITH_RECORD_SHARE;
  if (fault.amount < 0.2) aroundCommit.before = { run: end, withRecord };
  else if (fault.amount < 0.4) aroundCommit.after = { run: end, withRecord };
  else if (fault.amount < 0.8) {
    hall.onDiskStopped = end;
    disk.stopAt(1 + Math.floor(random() * STEPS_LIMIT));
  } else end();
  return () => {
    if (aroundCommit.before?.run === end) aroundCommit.before = undefined;
    if (aroundCommit.after?.run === end) aroundCommit.after = undefined;
    if (hall.onDiskStopped !== end) return;
    disk.stopAt(undefined);
    // It stopped where no commit met it, such as while its log was copied.
    if (disk.counts().stopped) end();
  };
}

function misbehave({ province }: SimulatedHall, behaviour: ProvinceBehaviour): () => void {
  province.behaviours = [...province.behaviours, behaviour];
  return () => {
    province.behaviours = province.behaviours.filter((other) => other !== behaviour);
  };
}
