// Drives the evaluator's machine: takes what happens, commits the next state, shows it and performs its effects.
// Decides nothing itself; keys go through the key machine first.
import { type Level, RECORD_PRESS, RECORD_REASONS } from '../../protocol/constants.ts';
import type {
  AppendResult,
  JournalState,
  LinkListener,
  NewRecord,
  ReasonsOffer,
  SetupPage,
} from '../contracts.ts';
import { fromHex } from '../crypto/hex.ts';
import type { Feedback, TimerId, Timers } from '../ports.ts';
import { type Effect, next, type State } from './evaluator.ts';
import type { EvaluatorEvent } from './events.ts';
import type { FaultCode } from './faults.ts';
import { KEYS_AT_REST, type KeyEvent, type KeysState, levelsOf, nextKeys } from './keys.ts';
import { isFull, isNearlyFull } from './known.ts';

/** Stuck keys are looked for this often. */
const TICK_MS = 5000;

export interface EvaluatorPorts {
  timers: Timers;
  feedback: Feedback;
  wallMs(): number;
  /** Boot number and key generation of the records to come. */
  boot: number;
  gen: number;
  append(record: NewRecord): AppendResult;
  journalState(): JournalState;
  /** Called after every change of state, first when it starts. */
  show(state: State): void;
  tell(kind: string, text: string): void;
  /** An ordered restart. */
  reboot(): void;
}

export interface Evaluator extends LinkListener {
  start(): void;
  onKey(level: number, down: boolean, atMs: number): void;
  onFault(fault: FaultCode): void;
  onReasons(offer: ReasonsOffer): void;
  onSetup(page: SetupPage | undefined): void;
  /** Records were acknowledged or written: there may be room again, or none. */
  onJournal(): void;
  state(): State;
  keys(): KeysState;
}

export function createEvaluator(ports: EvaluatorPorts, atBoot: State): Evaluator {
  const timers = ports.timers;
  let state = atBoot;
  let keys = KEYS_AT_REST;
  let timer: TimerId | undefined;
  let rebootWanted = false;

  function dispatch(event: EvaluatorEvent): void {
    const step = next(state, event);
    const changed = step.state !== state;
    state = step.state;
    for (const effect of step.effects) if (effect.do !== 'append') perform(effect);
    const last = step.effects[step.effects.length - 1];
    if (last && last.do === 'append') write(last);
    else if (changed) ports.show(state);
    rebootAtRest();
  }

  /** Never between a press and its thanks. */
  function rebootAtRest(): void {
    if (!rebootWanted || 'ballot' in state) return;
    rebootWanted = false;
    ports.reboot();
  }

  function perform(effect: Exclude<Effect, { do: 'append' }>): void {
    switch (effect.do) {
      case 'lights':
        ports.feedback.lights(effect.mask);
        break;
      case 'sound':
        ports.feedback.sound(effect.name);
        break;
      case 'thanked':
        ports.tell('thanked', `${effect.seq}`);
        break;
      case 'timer':
        if (timer !== undefined) timers.cancel(timer);
        timer = undefined;
        if (effect.ms > 0) timer = timers.after(effect.ms, onTimer);
    }
  }

  function onTimer(): void {
    timer = undefined;
    dispatch({ type: 'timer' });
  }

  /** The machine waits in `writing`, and nothing else runs, until flash has the record or has refused it. */
  function write(effect: Extract<Effect, { do: 'append' }>): void {
    const ballot = effect.ballot;
    let result: AppendResult;
    try {
      result = ports.append({
        kind: effect.reasons ? RECORD_REASONS : RECORD_PRESS,
        boot: ports.boot,
        uptimeMs: ballot.uptimeMs,
        wallMs: ballot.wallMs,
        level: ballot.level,
        reasons: effect.reasons || [],
        invitation: fromHex(ballot.invitation),
        staff: fromHex(ballot.staff),
        flags: ballot.flags,
        gen: ports.gen,
      });
    } catch (error) {
      ports.tell('log', `append: ${error}`);
      result = { ok: false, code: 'journal.flash' };
    }
    if (result.ok)
      dispatch({
        type: 'written',
        seq: result.seq,
        invitation: ballot.invitation,
        reasons: effect.reasons !== undefined,
      });
    else dispatch({ type: 'failed', code: result.code });
    onJournal();
  }

  function onJournal(): void {
    const journal = ports.journalState();
    dispatch({ type: 'journal', full: isFull(journal), nearlyFull: isNearlyFull(journal) });
  }

  function onKeyEvent(event: KeyEvent): void {
    const step = nextKeys(keys, event);
    keys = step.state;
    if (step.pressed)
      dispatch({ type: 'key', level: step.pressed, uptimeMs: event.atMs, wallMs: ports.wallMs() });
    if (step.stuckChanged) ports.tell('log', `stuck keys: ${levelsOf(keys.stuck).join(' ') || 'none'}`);
  }

  function tick(): void {
    // First, so that nothing that throws ends the ticking.
    timers.after(TICK_MS, tick);
    if (keys.down) onKeyEvent({ type: 'tick', atMs: timers.uptimeMs() });
    ports.show(state);
  }

  return {
    start: tick,
    onKey: (level, down, atMs) => onKeyEvent({ type: 'edge', level: level as Level, down, atMs }),
    onFault: (fault) => dispatch({ type: 'fault', fault }),
    onJournal,
    onState: (link) => dispatch({ type: 'link', link }),
    onCard: (card) => dispatch({ type: 'card', card }),
    onDesk: (desk) => dispatch({ type: 'desk', desk }),
    onCancel: (invitation) => dispatch({ type: 'cancel', invitation }),
    onSetup: (page) => dispatch({ type: 'setup', page }),
    onReasons: (offer) => dispatch({ type: 'reasons', offer }),
    onReboot() {
      rebootWanted = true;
      rebootAtRest();
    },
    state: () => state,
    keys: () => keys,
  };
}
