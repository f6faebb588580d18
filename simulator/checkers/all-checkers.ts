// What every finished run is held to: the seven invariants of the design, and the model.
import type { Checker } from '../world/artefacts.ts';
import { acknowledgedKept } from './acknowledged-kept.ts';
import { bootsGrow } from './boots-grow.ts';
import { chainWhole } from './chain-whole.ts';
import { defaults } from './defaults.ts';
import { modelAgrees } from './model-agrees.ts';
import { nothingInvented } from './nothing-invented.ts';
import { oneEffective } from './one-effective.ts';
import { samePresses } from './same-presses.ts';
import { thankedOnce } from './thanked-once.ts';
import { upstreamEqual } from './upstream-equal.ts';

export const ALL_CHECKERS: readonly Checker[] = [
  thankedOnce,
  acknowledgedKept,
  nothingInvented,
  bootsGrow,
  oneEffective,
  defaults,
  upstreamEqual,
  samePresses,
  chainWhole,
  modelAgrees,
];
