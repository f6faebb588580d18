// Everything that can happen to the evaluator's machine.
import type { Level } from '../../protocol/constants.ts';
import type { DeskState, LinkState, ReasonsOffer, SetupPage, ShownCard } from '../contracts.ts';
import type { FaultCode } from './faults.ts';

export type EvaluatorEvent =
  | { type: 'card'; card: ShownCard }
  | { type: 'cancel'; invitation: string }
  | { type: 'reasons'; offer: ReasonsOffer }
  | { type: 'desk'; desk: DeskState }
  | { type: 'link'; link: LinkState }
  /** A clean press; `wallMs` is 0 while the time is unknown. */
  | { type: 'key'; level: Level; uptimeMs: number; wallMs: number }
  | { type: 'timer' }
  | { type: 'setup'; page: SetupPage | undefined }
  | { type: 'written'; seq: number; invitation: string; reasons?: boolean }
  | { type: 'failed'; code: 'journal.full' | 'journal.flash' }
  /** The journal has room for another record or not, and is at most a fifth from full. */
  | { type: 'journal'; full: boolean; nearlyFull: boolean }
  | { type: 'fault'; fault: FaultCode };
