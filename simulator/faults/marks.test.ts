import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { listenToMarks, MARKS, mark } from '../../gateway/marks.ts';
import { ALL_MARKS, type MarkWatch, missedOf, watchMarks } from './marks.ts';

const GATEWAY = fileURLToPath(new URL('../../gateway/', import.meta.url));

let watch: MarkWatch | undefined;
afterEach(() => watch?.end());

describe('marks', () => {
  it('each stand somewhere in the code of the gateway', () => {
    const code = readdirSync(GATEWAY, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'marks.ts')
      .map((name) => readFileSync(join(GATEWAY, name), 'utf8'))
      .filter((text) => text.includes('mark('))
      .join('\n');
    expect(Object.keys(MARKS).filter((name) => !code.includes(`'${name}'`))).toEqual([]);
  });

  it('are told to whoever listens, and to nobody afterwards', () => {
    watch = watchMarks();
    mark('intake.known');
    watch.line('2026-03-02T09:00:00.000+08:00 e1 loses power inside a write of its journal');
    expect(watch.reached()).toEqual(['intake.known', 'journal.torn-write']);
    expect(missedOf(new Set(watch.reached()))).toHaveLength(Object.keys(ALL_MARKS).length - 2);
    watch.end();
    mark('intake.different');
    expect(watch.reached()).toHaveLength(2);
  });

  it('of one listener do not end with those of an older one', () => {
    const heard: string[] = [];
    const endOld = listenToMarks(() => undefined);
    const end = listenToMarks((name) => heard.push(name));
    endOld();
    mark('delivery.away');
    end();
    expect(heard).toEqual(['delivery.away']);
  });
});
