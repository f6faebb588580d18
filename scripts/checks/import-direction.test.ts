import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importViolations } from './import-direction.ts';

const root = new URL('../../', import.meta.url);

describe('the import direction', () => {
  it('holds in every file', () => {
    const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], {
      cwd: root,
      encoding: 'utf8',
    });
    const isSource = (path: string) => path.endsWith('.ts') && !path.endsWith('.d.ts');
    const files = listed.split('\n').filter((path) => isSource(path) && existsSync(new URL(path, root)));
    expect(files.length).toBeGreaterThan(50);
    expect(
      files.flatMap((path) => importViolations(path, readFileSync(new URL(path, root), 'utf8'))),
    ).toEqual([]);
  });

  it.each([
    ['gateway/a/b.ts', "import { x } from '../../device/main.ts';"],
    ['gateway/a.ts', "import type { X } from '../simulator/engine.ts';"],
    ['gateway/a.ts', "const x = await import('../simulator/engine.ts');"],
    ['device/a.ts', "import { Evaluation } from '../protocol/messages.ts';"],
    ['device/a.ts', "import fs from 'node:fs';"],
    ['device/a.ts', "export {\n  y,\n} from '../gateway/ports.ts';"],
    ['protocol/a.ts', "import '../device/main.ts';"],
  ])('finds the violation planted in %s', (path, source) => {
    expect(importViolations(path, source)).toHaveLength(1);
  });

  it.each([
    ['device/a.ts', "import type { Image } from '../protocol/messages.ts';"],
    ['device/a/b.ts', "import { LEVELS } from '../../protocol/constants.ts';"],
    ['simulator/a.ts', "import { x } from '../gateway/compose.ts';"],
    ['device/a.test.ts', "import { expect } from 'vitest';"],
  ])('lets %s import what it may', (path, source) => {
    expect(importViolations(path, source)).toEqual([]);
  });
});
