// Size, memory and speed of the built firmware on the real interpreter, as a board would run it: from Storage, with a
// card shown and a hundred records that nobody acknowledges. A turn is one turn of an empty loop, measured beside each;
// figures are the medians of the rounds, of processor time, so that neither a slow nor a fast moment of the machine counts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compilePreload } from '../../../simulator/preload/compile-preload.ts';
import { firmwareFolder } from '../../firmware/boards.ts';
import { type Measured, openMeasuredEvaluator } from './measured-evaluator.ts';
import { mountTurns } from './mount-time.ts';

const UNSENT = 100;
/** Room for it is what the journal must have. */
const FULL_JOURNAL = 1000;
const SOURCE = new URL('./like-a-board.c', import.meta.url);

export interface FirmwareFigures {
  engine: 'espruino';
  /** Of the minified bundle. */
  bytes: number;
  /** Interpreter blocks in use, and in all. */
  blocks: number;
  totalBlocks: number;
  keyToFeedbackTurns: number;
  cardTurns: number;
  mountTurns: number;
  turnMicroseconds: number;
}

export interface FirmwareBench {
  interpreter: string;
  rounds: number;
  say(line: string): void;
}

export async function benchFirmware({ interpreter, rounds, say }: FirmwareBench): Promise<FirmwareFigures> {
  const keys: Measured[] = [];
  const cards: Measured[] = [];
  const mounts: number[] = [];
  let blocks = { used: 0, total: 0 };
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-bench-'));
  try {
    const environment = { LD_PRELOAD: compilePreload({ source: SOURCE, interpreter, folder }) };
    const evaluator = await openMeasuredEvaluator({ interpreter, unsent: UNSENT, environment });
    try {
      for (let round = 0; round < rounds; round++) {
        const card = await evaluator.showCard();
        if (round === 0) blocks = await evaluator.blocks();
        const rested = evaluator.rest();
        const key = await evaluator.pressKey(1 + (round % 5));
        await rested;
        cards.push(card);
        keys.push(key);
        say(
          `card ${Math.round(turnsOf(card))} turns, key ${Math.round(turnsOf(key))} turns, ${key.turn.toFixed(2)} µs a turn`,
        );
      }
    } finally {
      await evaluator.end();
    }
    for (let round = 0; round < rounds; round++)
      mounts.push(await mountTurns({ interpreter, records: FULL_JOURNAL, environment }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { bytes } = JSON.parse(readFileSync(`${firmwareFolder('linux')}manifest.json`, 'utf8')) as {
    bytes: number;
  };
  return {
    engine: 'espruino',
    bytes,
    blocks: blocks.used,
    totalBlocks: blocks.total,
    keyToFeedbackTurns: Math.round(median(keys.map(turnsOf))),
    cardTurns: Math.round(median(cards.map(turnsOf))),
    mountTurns: Math.round(median(mounts)),
    turnMicroseconds: Math.round(median(keys.map(({ turn }) => turn)) * 100) / 100,
  };
}

const turnsOf = ({ took, turn }: Measured): number => took / turn;

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
