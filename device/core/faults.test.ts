import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULTS, type FaultCode, faultNumber, TROUBLES, type TroubleCode, troubleNumber } from './faults.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the faults an evaluator shows', () => {
  it('have each a number of their own, the one on the screen', () => {
    const codes = Object.keys(FAULTS) as FaultCode[];
    expect(codes.map(faultNumber)).toEqual(codes.map((code) => FAULTS[code].number));
    const troubles = Object.keys(TROUBLES) as TroubleCode[];
    expect(troubles.map(troubleNumber)).toEqual(troubles.map((code) => TROUBLES[code].number));
    const numbers = [...codes.map(faultNumber), ...troubles.map(troubleNumber)];
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('are in the README with meaning and remedy, and no others', () => {
    const rows = [...Object.values(FAULTS), ...Object.values(TROUBLES)].map(
      (fault) => `| ${fault.number} | ${fault.meaning} | ${fault.remedy} |`,
    );
    const section = readme.slice(readme.indexOf('| fault |'), readme.indexOf('<!-- end faults -->'));
    expect(section.trim().split('\n').slice(2)).toEqual(rows);
  });
});
