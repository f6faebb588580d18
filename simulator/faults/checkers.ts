// Every checker that a run is held to.
import { thankedOnce } from '../checkers/thanked-once.ts';
import type { Checker } from '../world/artefacts.ts';
import { productVerifies } from './product-verifies.ts';

export const CHECKERS: readonly Checker[] = [thankedOnce, productVerifies];
