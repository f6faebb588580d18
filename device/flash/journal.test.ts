import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../contracts.ts';
import { createFlashWorld, imageOf, markOf, mountWorld, pressOf } from './testing/flash-world.ts';

const geometries = [4096, 1024] as const;

function readAll(journal: ReturnType<typeof mountWorld>['journal'], from: number): JournalRecord[] {
  const records: JournalRecord[] = [];
  for (let record = journal.firstFrom(from); record; record = journal.firstFrom(record.seq + 1))
    records.push(record);
  return records;
}

describe.each(geometries)('the journal on pages of %i bytes', (pageBytes) => {
  it('gives a press back exactly as it was recorded, also after a restart', () => {
    const world = createFlashWorld(pageBytes);
    const record = {
      ...pressOf(77),
      kind: 2,
      uptimeMs: 281_474_976_710_655,
      wallMs: 281_474_976_710_654,
      boot: 4_294_967_295,
      level: 1 as const,
      reasons: [207, 65_535, 1],
      flags: 65_535,
      gen: 255,
    };
    expect(mountWorld(world).journal.append(record)).toEqual({ ok: true, seq: 1 });
    expect(mountWorld(world).journal.firstFrom(1)).toEqual({ ...record, seq: 1 });
    expect(imageOf(world).records).toEqual([{ ...record, seq: 1, acked: false }]);
  });

  it('starts empty', () => {
    const { journal } = mountWorld(createFlashWorld(pageBytes));
    expect(journal.state()).toMatchObject({ acked: 0, oldest: 1, next: 1, unsent: 0, missing: [] });
    expect(journal.firstFrom(1)).toBeUndefined();
    journal.acknowledge(5);
    expect(journal.state().acked).toBe(0);
  });

  it('keeps at least 1,000 presses that nobody acknowledged, says full, and loses none of them', () => {
    const world = createFlashWorld(pageBytes);
    const { journal } = mountWorld(world);
    const perPage = pageBytes === 4096 ? 72 : 18;
    for (let i = 0; i < 5000; i++) {
      const added = journal.append(pressOf(i));
      if (!added.ok) throw new Error(added.code);
      journal.acknowledge(added.seq);
    }
    // The oldest page is left with one record that is not acknowledged.
    while (journal.state().next % perPage !== 1) {
      const added = journal.append(pressOf(0));
      if (added.ok) journal.acknowledge(added.seq - 1);
    }
    const first = journal.state().acked + 1;
    let kept = journal.state().unsent;
    let added = journal.append(pressOf(kept));
    while (added.ok) {
      kept++;
      added = journal.append(pressOf(kept));
    }
    expect(added).toEqual({ ok: false, code: 'journal.full' });
    expect(kept).toBeGreaterThanOrEqual(1000);
    expect(journal.state()).toMatchObject({ unsent: kept, capacity: kept });

    const again = mountWorld(world).journal;
    expect(again.state()).toMatchObject({ unsent: kept, capacity: kept, missing: [] });
    expect(readAll(again, first).map((r) => r.seq)).toEqual(
      Array.from({ length: kept }, (_, i) => first + i),
    );
    expect(again.append(pressOf(1)).ok).toBe(false);
    again.acknowledge(first + perPage);
    expect(again.append(pressOf(1)).ok).toBe(true);
  });

  it('keeps at least 900 with a page gone bad, and counts the fault', () => {
    const world = createFlashWorld(pageBytes);
    const { journal } = mountWorld(world);
    for (let i = 0; i < 40; i++) journal.append(pressOf(i));
    world.flash.badPages.add(0x2000 / pageBytes + 3);
    let kept = 40;
    while (journal.append(pressOf(kept)).ok) kept++;
    expect(kept).toBeGreaterThanOrEqual(900);
    expect(journal.state().flashErrors).toBeGreaterThan(0);
    const again = mountWorld(world).journal;
    expect(readAll(again, 1).map(markOf)).toEqual(Array.from({ length: kept }, (_, i) => i));
  });

  it('moves a press to another page when the page it was written to goes bad', () => {
    const world = createFlashWorld(pageBytes);
    const { journal } = mountWorld(world);
    for (let i = 0; i < 5; i++) journal.append(pressOf(i));
    world.flash.badPages.add(0x2000 / pageBytes);
    for (let i = 5; i < 30; i++) expect(journal.append(pressOf(i))).toEqual({ ok: true, seq: i + 1 });
    expect(readAll(journal, 1).map(markOf)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(readAll(mountWorld(world).journal, 1).map(markOf)).toEqual(
      Array.from({ length: 30 }, (_, i) => i),
    );
  });

  it('never uses a sequence again, even after every page was erased', () => {
    const world = createFlashWorld(pageBytes);
    const { journal } = mountWorld(world);
    for (let i = 0; i < 100; i++) journal.append(pressOf(i));
    world.flash.image.fill(0xff, 0x2000);
    const again = mountWorld(world).journal;
    const state = again.state();
    expect(state.next).toBeGreaterThan(100);
    expect(state).toMatchObject({ oldest: state.next, unsent: 0, missing: [] });
    expect(again.append(pressOf(1))).toEqual({ ok: true, seq: state.next });
    expect(again.state().unsent).toBe(1);
  });

  it('never uses a sequence of a lost newest page again, and names what may have been there', () => {
    const world = createFlashWorld(pageBytes);
    const { journal } = mountWorld(world);
    const perPage = pageBytes === 4096 ? 72 : 18;
    for (let i = 0; i < perPage + 5; i++) journal.append(pressOf(i));
    world.flash.image.fill(0xff, 0x2000 + pageBytes, 0x2000 + 2 * pageBytes);
    const again = mountWorld(world).journal;
    expect(readAll(again, 1)).toHaveLength(perPage);
    expect(again.state()).toMatchObject({ next: 2 * perPage + 1, missing: [[perPage + 1, 2 * perPage]] });
    expect(again.append(pressOf(1))).toEqual({ ok: true, seq: 2 * perPage + 1 });
    expect(mountWorld(world).journal.state().next).toBe(2 * perPage + 2);
  });

  it('names the records that flash damage took, and goes on behind them', () => {
    const world = createFlashWorld(pageBytes);
    const { journal } = mountWorld(world);
    for (let i = 0; i < 100; i++) journal.append(pressOf(i));
    const slot = 0x2000 + 16 + 56 * 5;
    world.flash.image[slot + 20] = 0;
    world.flash.image[slot + 56 + 20] = 0;
    const again = mountWorld(world).journal;
    expect(readAll(again, 1)).toHaveLength(98);
    expect(again.state()).toMatchObject({ missing: [[6, 7]], unsent: 98, next: 101 });
  });

  it('never uses a sequence again when blank flash ahead loses a bit', () => {
    const slots = pageBytes === 4096 ? 72 : 18;
    for (let slot = 4; slot < slots; slot++)
      for (const offset of [0, 1, 30]) {
        const world = createFlashWorld(pageBytes);
        const { journal } = mountWorld(world);
        for (let i = 0; i < 4; i++) journal.append(pressOf(i));
        world.flash.image[0x2000 + 16 + 56 * slot + offset] = 0xfe;
        for (let seq = 5; seq < 9; seq++)
          expect(mountWorld(world).journal.append(pressOf(seq)), `slot ${slot}`).toEqual({ ok: true, seq });
        expect(imageOf(world).records.map((record) => record.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
        expect(readAll(mountWorld(world).journal, 1)).toHaveLength(8);
      }
  });

  it('finds the records of a page whose header was damaged', () => {
    const world = createFlashWorld(pageBytes);
    const { journal } = mountWorld(world);
    for (let i = 0; i < 100; i++) journal.append(pressOf(i));
    world.flash.image[0x2000 + pageBytes + 5] = 0x40;
    const again = mountWorld(world).journal;
    expect(readAll(again, 1)).toHaveLength(100);
    expect(again.append(pressOf(100))).toEqual({ ok: true, seq: 101 });
  });

  it('sends acknowledged records again as long as their page is not needed', () => {
    const world = createFlashWorld(pageBytes);
    const { journal } = mountWorld(world);
    for (let i = 0; i < 500; i++) journal.append(pressOf(i));
    journal.acknowledge(500);
    const again = mountWorld(world).journal;
    expect(again.state()).toMatchObject({ acked: 500, unsent: 0, oldest: 1 });
    expect(readAll(again, 200)).toHaveLength(301);
  });

  it('wears its pages evenly over 100,000 presses', () => {
    const world = createFlashWorld(pageBytes);
    const { journal } = mountWorld(world);
    for (let i = 0; i < 100_000; i++) {
      const added = journal.append(pressOf(i));
      if (!added.ok) throw new Error(added.code);
      if (i % 7 === 0) journal.acknowledge(added.seq);
    }
    const erases = world.flash.erases.slice(0x2000 / pageBytes);
    const average = erases.reduce((sum, n) => sum + n, 0) / erases.length;
    expect(Math.max(...erases)).toBeLessThanOrEqual(average * 1.2);
  });

  it('reads a small part of its flash when it starts', () => {
    const world = createFlashWorld(pageBytes);
    const { journal } = mountWorld(world);
    for (let i = 0; i < 5000; i++) {
      const added = journal.append(pressOf(i));
      if (added.ok) journal.acknowledge(added.seq - 40);
    }
    world.flash.bytesRead = 0;
    mountWorld(world);
    expect(world.flash.bytesRead).toBeLessThan(8192);
  });
});
