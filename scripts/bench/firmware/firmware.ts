// Size, memory and speed of the built firmware on the real interpreter, as a board would run it: from Storage, with a
// card shown and a hundred records that nobody acknowledges. A turn is one turn of an empty loop, measured between.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compilePreload } from '../../../simulator/preload/compile-preload.ts';
import { firmwareFolder } from '../../firmware/boards.ts';
import { openMeasuredEvaluator } from './measured-evaluator.ts';
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
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-bench-'));
  const library = compilePreload({ source: SOURCE, interpreter, folder });
  const evaluator = await openMeasuredEvaluator({
    interpreter,
    unsent: UNSENT,
    environment: { LD_PRELOAD: library },
  });
  const [keys, cards, turns]: [number[], number[], number[]] = [[], [], []];
  let blocks = { used: 0, total: 0 };
  try {
    for (let round = 0; round < rounds; round++) {
      const card = await evaluator.showCard();
      if (round === 0) blocks = await evaluator.blocks();
      const turn = await evaluator.turnMicroseconds();
      const rested = evaluator.rest();
      const key = await evaluator.pressKey(1 + (round % 5));
      await rested;
      cards.push(card);
      keys.push(key);
      turns.push(turn);
      say(
        `card ${Math.round(card / turn)} turns, key ${Math.round(key / turn)} turns, ${turn.toFixed(2)} µs a turn`,
      );
    }
  } finally {
    await evaluator.end();
    rmSync(folder, { recursive: true, force: true });
  }
  const mounts: number[] = [];
  for (let round = 0; round < rounds; round++)
    mounts.push(await mountTurns({ interpreter, records: FULL_JOURNAL }));
  // The least of the rounds: what other programs of this machine add is not the firmware's.
  const turnMicroseconds = Math.min(...turns);
  const { bytes } = JSON.parse(readFileSync(`${firmwareFolder('linux')}manifest.json`, 'utf8')) as {
    bytes: number;
  };
  return {
    engine: 'espruino',
    bytes,
    blocks: blocks.used,
    totalBlocks: blocks.total,
    keyToFeedbackTurns: Math.round(Math.min(...keys) / turnMicroseconds),
    cardTurns: Math.round(Math.min(...cards) / turnMicroseconds),
    mountTurns: Math.round(Math.min(...mounts)),
    turnMicroseconds: Math.round(turnMicroseconds * 100) / 100,
  };
}
