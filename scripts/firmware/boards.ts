// The boards firmware is built for, and where the built files are.
import { fileURLToPath } from 'node:url';

export const BOARDS = ['linux', 'esp32-ili9341', 'esp32-cyd'] as const;
export type Board = (typeof BOARDS)[number];

/** Of the minified firmware: more does not leave room for two slots and memory to run (espruino.md). */
export const BUNDLE_LIMIT_BYTES = 40 * 1024;
/** Of a part: evaluating one reads all of it while keys wait. */
export const PART_LIMIT_BYTES = 12 * 1024;
/** Interpreter blocks in use with a card shown, on the 64-bit Linux build. */
export const MEMORY_LIMIT_BLOCKS = 3000;

export const repositoryFolder = fileURLToPath(new URL('../../', import.meta.url));
export const firmwareFolder = (board: Board): string => `${repositoryFolder}build/firmware/${board}/`;
