import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { V8_FLAGS } from './v8-flags.ts';

it('npm run sim starts halls with the flags that every other process of theirs gets', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(scripts.sim).toBe(`node ${V8_FLAGS.join(' ')} bin/sim.js`);
});
