// The update of one device as a pure machine: what the device and the clock say gives the next state and what to
// send or to note. The runner sends, reads images and knows the time.
import type { Hello, Progress } from '../../protocol/messages.ts';

/** Without a word for so long, the offer is given again: a card was shown, or a message was lost. */
export const SILENCE_MS = 30_000;
/** From the restart into the new version to its confirmation; the device itself gives up after 10 minutes. */
export const TRIAL_LIMIT_MS = 15 * 60_000;
const COMPACTIONS_LIMIT = 1;

export type DeviceUpdate =
  /** Offered, and chunks are sent as they are asked for. */
  | { kind: 'sending'; offset: number; heardMs: number; compactions: number }
  | { kind: 'installing'; sinceMs: number }
  | { kind: 'ended'; outcome: UpdateOutcome; code: string | undefined };

export type UpdateOutcome = 'confirmed' | 'refused' | 'returned';

export type UpdateEvent =
  | { type: 'hello'; hello: Pick<Hello, 'fw' | 'update'>; nowMs: number }
  | { type: 'progress'; progress: Pick<Progress, 'version' | 'state' | 'offset' | 'code'>; nowMs: number }
  | { type: 'tick'; nowMs: number };

export type UpdateAction =
  | { do: 'offer' }
  | { do: 'chunk'; offset: number }
  | { do: 'compact' }
  | { do: 'wait' };

export interface UpdateStep {
  state: DeviceUpdate;
  action: UpdateAction;
}

const WAIT: UpdateAction = { do: 'wait' };
/** The device is busy for now, not for good. */
const PASSING_CODES = ['update.busy', 'update.offset', 'compact.journal'];

export const beginUpdate = (nowMs: number): DeviceUpdate => ({
  kind: 'sending',
  offset: 0,
  heardMs: nowMs - SILENCE_MS,
  compactions: 0,
});

export function nextUpdate(state: DeviceUpdate, event: UpdateEvent, version: string): UpdateStep {
  if (state.kind === 'ended') return { state, action: WAIT };
  switch (event.type) {
    case 'hello':
      return afterHello(state, event, version);
    case 'progress':
      return afterProgress(state, event, version);
    case 'tick':
      if (state.kind === 'sending' && event.nowMs - state.heardMs >= SILENCE_MS)
        return { state: { ...state, heardMs: event.nowMs }, action: { do: 'offer' } };
      if (state.kind === 'installing' && event.nowMs - state.sinceMs >= TRIAL_LIMIT_MS)
        return end('returned', 'update.not-confirmed');
      return { state, action: WAIT };
  }
}

/** What runs is told by every hello: messages that were lost change nothing. */
function afterHello(
  state: Exclude<DeviceUpdate, { kind: 'ended' }>,
  { hello, nowMs }: Extract<UpdateEvent, { type: 'hello' }>,
  version: string,
): UpdateStep {
  if (hello.fw === version && hello.update !== 'trial') return end('confirmed', undefined);
  if (hello.fw === version) return { state: { kind: 'installing', sinceMs: nowMs }, action: WAIT };
  if (state.kind === 'installing') return end('returned', 'update.not-confirmed');
  return { state: { ...state, heardMs: nowMs }, action: { do: 'offer' } };
}

function afterProgress(
  state: Exclude<DeviceUpdate, { kind: 'ended' }>,
  { progress, nowMs }: Extract<UpdateEvent, { type: 'progress' }>,
  version: string,
): UpdateStep {
  const { offset, code } = progress;
  if (progress.state === 'compacting' && state.kind === 'sending')
    return { state: { ...state, heardMs: nowMs }, action: WAIT };
  if (progress.state === 'refused' && state.kind === 'sending') return afterRefusal(state, { code, nowMs });
  if (progress.version !== version) return { state, action: WAIT };
  if (progress.state === 'confirmed') return end('confirmed', undefined);
  if (progress.state === 'returned') return end('returned', code);
  if (progress.state === 'waiting') return { state: { kind: 'installing', sinceMs: nowMs }, action: WAIT };
  if (progress.state === 'ready' && state.kind === 'sending')
    return { state: { ...state, offset, heardMs: nowMs }, action: { do: 'chunk', offset } };
  return { state, action: WAIT };
}

function afterRefusal(
  state: Extract<DeviceUpdate, { kind: 'sending' }>,
  { code, nowMs }: { code: string | undefined; nowMs: number },
): UpdateStep {
  const heard = { ...state, heardMs: nowMs };
  if (code !== undefined && PASSING_CODES.includes(code)) return { state: heard, action: WAIT };
  if (code === 'update.room' && state.compactions < COMPACTIONS_LIMIT)
    return { state: { ...heard, compactions: state.compactions + 1 }, action: { do: 'compact' } };
  return end('refused', code);
}

function end(outcome: UpdateOutcome, code: string | undefined): UpdateStep {
  return { state: { kind: 'ended', outcome, code }, action: WAIT };
}
