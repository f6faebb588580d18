import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BOARDS, repositoryFolder } from '../firmware/boards.ts';
import { drawWiring } from './draw-wiring.ts';
import { allWirings, materialsTable } from './wiring.ts';

const wirings = await allWirings();
const read = (path: string) => readFileSync(`${repositoryFolder}${path}`, 'utf8');

describe('the wiring drawings', () => {
  it('are there for every board with pins, as the firmware is built now (npm run wiring)', () => {
    expect(wirings.map(({ board }) => board).sort()).toEqual(
      BOARDS.filter((board) => board !== 'linux').sort(),
    );
    for (const wiring of wirings) {
      expect(read(`device/wiring/${wiring.board}.svg`), wiring.board).toBe(drawWiring(wiring));
      expect(read('device/README.md')).toContain(
        `<!-- made: materials-${wiring.board} -->\n${materialsTable(wiring)}\n<!-- end -->`,
      );
      expect(read('device/README.md')).toContain(`(wiring/${wiring.board}.svg)`);
    }
  });

  it('draw every pin that the firmware names, and each for one thing only', () => {
    for (const { board, parts } of wirings) {
      const drawn = parts
        .flatMap(({ wires }) => wires.map(({ pin }) => pin))
        .filter((pin) => /^GPIO/.test(pin));
      expect(new Set(drawn).size, board).toBe(drawn.length);
      const code = read(`device/boards/${board}-pins.ts`).replaceAll(
        /^\s*\/\/.*$|\/\*\*?.*\*\/|\/\/.*$/gm,
        '',
      );
      const named = [...code.matchAll(/\bD(\d+)\b/g)].map(([, number]) => `GPIO${number}`);
      expect(drawn.toSorted(), board).toEqual(named.toSorted());
    }
  });

  it('give no key or voice a pin of the flash chip or of the console', () => {
    for (const { board, parts } of wirings)
      for (const { pin } of parts.flatMap(({ wires }) => wires))
        expect(['1', '3', '6', '7', '8', '9', '10', '11'], board).not.toContain(/^GPIO(\d+)$/.exec(pin)?.[1]);
  });
});
