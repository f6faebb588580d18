// Everything that a run is held to: the independent checkers, and the product's own proof.
import { ALL_CHECKERS } from '../checkers/all-checkers.ts';
import type { Checker } from '../world/artefacts.ts';
import { productVerifies } from './product-verifies.ts';

export const CHECKERS: readonly Checker[] = [...ALL_CHECKERS, productVerifies];
