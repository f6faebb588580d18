import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { callInPlace } from './call-in-place.ts';
import { makeNamesUnique } from './unique-names.ts';

/** What a script leaves in `out`. */
function run(code: string): unknown {
  const out: unknown[] = [];
  runInNewContext(code, { out });
  return out;
}

const moved = (code: string) => callInPlace(makeNamesUnique(code));

describe('a smaller firmware', () => {
  it('does the same when every variable has a name of its own', () => {
    const code = `var a=1;function f(a,b){let c=a+b;{let c=7;out.push(c)}for(let a=0;a<2;a++)out.push(a);return{a,c}}
      var g=(a)=>a*2,h=function k(n){return n>0?k(n-1)+a:g(n)};out.push(f(3,4),h(2),a);`;
    const unique = makeNamesUnique(code);
    expect(unique).not.toBe(code);
    expect(run(unique)).toEqual(run(code));
  });

  it('has functions that are called at one place only at that place', () => {
    const code = `function start(x){out.push(outer(x))}function outer(x){let y=inner(x)+tail(x);return y}
      function inner(y){var x=y*3;return x}var one=1,tail=(x)=>x+one,two=2;start(5);start(two)`;
    const place = moved(code);
    expect(place).not.toMatch(/function (outer|inner)/);
    expect(place).not.toMatch(/tail/);
    expect(run(place)).toEqual(run(code));
  });

  it('moves none that is called twice, given away, needs itself, is called in a loop, or makes closures that stay', () => {
    const code = `function twice(x){return x+1}function given(x){return x+2}
      function itself(x){return x?itself(x-1):0}function looped(x){return x*2}
      function maker(x){return()=>x}function rows(list){return list.map((x)=>x+1)}
      function start(){let i=0;out.push(twice(1),twice(2),[1].map(given),itself(3),maker(4)(),rows([1]));
      while(i<2)out.push(looped(i++))}var kept=start;kept();`;
    const place = moved(code);
    for (const name of ['twice', 'given', 'itself', 'looped', 'maker'])
      expect(place, name).toContain(`function ${name}`);
    expect(place).not.toContain('function rows');
    expect(run(place)).toEqual(run(code));
  });
});
