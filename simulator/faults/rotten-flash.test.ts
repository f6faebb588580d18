import { describe, expect, it } from 'vitest';
import { journalOf } from '../checkers/artefacts/read-flash.ts';
import { prepareFlash } from '../engines/prepared-flash.ts';
import { LINUX } from '../espruino/geometry.ts';
import { seededRandom } from '../people/random.ts';
import { rotErased, rotRecord } from './rotten-flash.ts';

const evaluator = {
  hall: 'h',
  device: 'e1',
  window: 'w1',
  handle: 'a1'.repeat(8),
  key: 'b2'.repeat(32),
  gen: 1,
};
const RECORDS = 20;

function chip() {
  const { journal } = prepareFlash({ ...evaluator, records: RECORDS, acked: 3 }, LINUX);
  const flash = new Uint8Array(LINUX.flashBytes).fill(0xff);
  flash.set(journal.data, journal.offset);
  return { ...evaluator, id: 'e1', flash, pageBytes: LINUX.pageBytes, ...places };
}
const places = { journal: LINUX.journal, identity: LINUX.identity };
const sequences = (device: ReturnType<typeof chip>) => [...journalOf(device).records.keys()];

describe('flash that rots', () => {
  it('loses the one record that is named, and no other', () => {
    const device = chip();
    rotRecord(device.flash, 7, seededRandom(1, 'rot'));
    expect(sequences(device)).toEqual(sequences(chip()).filter((seq) => seq !== 7));
    expect(() => rotRecord(device.flash, RECORDS + 1, seededRandom(1, 'rot'))).toThrow('no record');
  });

  it('loses bits of what was erased, and no record', () => {
    const device = chip();
    rotErased(device.flash, seededRandom(2, 'rot'));
    expect(device.flash).not.toEqual(chip().flash);
    expect(sequences(device)).toEqual(sequences(chip()));
  });
});
