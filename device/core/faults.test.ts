import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULTS, type FaultCode, faultNumber } from './faults.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the faults an evaluator shows', () => {
  it('have each a number of their own, the one on the screen', () => {
    const codes = Object.keys(FAULTS) as FaultCode[];
    expect(codes.map(faultNumber)).toEqual(codes.map((code) => FAULTS[code].number));
    expect(new Set(codes.map(faultNumber)).size).toBe(codes.length);
  });

  it('are in the README with meaning and remedy, and no others', () => {
    const rows = Object.values(FAULTS).map(
      (fault) => `| ${fault.number} | ${fault.meaning} | ${fault.remedy} |`,
    );
    const section = readme.slice(readme.indexOf('| fault |'), readme.indexOf('<!-- end faults -->'));
    expect(section.trim().split('\n').slice(2)).toEqual(rows);
  });
});
