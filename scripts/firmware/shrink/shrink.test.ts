import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { callInPlace } from './call-in-place.ts';
import { flatten } from './flatten.ts';
import { oneDeclarationEach } from './one-declaration-each.ts';
import { makeNamesUnique } from './unique-names.ts';
import { withoutBlockScopes } from './without-block-scopes.ts';

/** What a script leaves in `out`. */
function run(code: string): unknown {
  const out: unknown[] = [];
  runInNewContext(code, { out });
  return out;
}

const flat = (code: string) => flatten(oneDeclarationEach(makeNamesUnique(code)));
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

  it('opens what is made once: no scope is left around its functions, and no second name for what it was given', () => {
    const code = `function makeClock(ports){const now=ports.now;let asked=0;
        function ask(){asked++;return now()+asked}return{ask,asked:()=>asked}}
      function start(board){const clock=makeClock({now:board.now,tell:board.tell});
        let link,count=1;try{if(board.linked){const timers={tell:board.tell,step:2};
          link=makeLink({clock,timers,add(x){count+=x;return count}});link.go()}}
          catch(error){out.push(String(error))}
        out.push(clock.ask(),clock.asked(),count)}
      function makeLink(options){let turns=0;const clock=options.clock;
        return{go(){turns+=options.timers.step;options.timers.tell(turns+clock.ask()+options.add(3))}}}
      var base=40,board={now:()=>base,tell:(x)=>out.push(x),linked:true};start(board);`;
    const opened = flat(code);
    for (const gone of ['makeClock', 'makeLink', 'start(', 'options.', 'ports.', 'const now'])
      expect(opened, gone).not.toContain(gone);
    expect(run(opened)).toEqual(run(code));
  });

  it('opens what depends on a condition without a block, and does none of it where the condition fails', () => {
    const code = `function offer(n){let since=n;function look(){out.push(since)}look();out.push(n)}
      function other(n){const held=n+1;out.push(held)}
      if(out.length>0)offer(1);else out.push('no');if(out.length>0)other(2);`;
    const opened = flat(code);
    for (const gone of ['offer', 'other']) expect(opened).not.toContain(`function ${gone}`);
    expect(run(opened)).toEqual(['no', 3]);
  });

  it('opens none that is called twice or in a loop, returns early, or needs itself as an object', () => {
    const code = `function twice(a){const b=a;return()=>b}function early(a){if(a)return 1;out.push(a);return 2}
      function looped(a){out.push(a)}function self(a){out.push(this===undefined||this!==a)}
      var first=twice(1),second=twice(2);out.push(first(),second(),early(0));
      for(var i=0;i<2;i++)looped(i);self(3);var box={a:1,b:2};box.a=5;out.push(box.a,box.b,Object.keys(box))`;
    const opened = flat(code);
    for (const kept of ['twice', 'early', 'looped', 'self']) expect(opened).toContain(`function ${kept}`);
    expect(run(opened)).toEqual(run(code));
  });

  it('declares a variable before the block it lies in: the interpreter hoists nothing', () => {
    const opened = flat('function make(x){let y=x+1;return()=>y}var f;if(out){f=make(1)}out.push(f())');
    const left = 'function make(){let y;return()=>y}var f=make();out.push(f())';
    expect(run(`var y=5;${flat(left)}`)).toEqual([undefined]);
    expect(opened.indexOf('var y')).toBeLessThan(opened.indexOf('if(out)'));
    expect(run(opened)).toEqual([2]);
  });

  it('makes no scope for a block, but where its variable is kept by a function, begins empty or has a namesake', () => {
    const code = `function wide(list){for(const item of list){const twice=item*2;if(twice>2){let half=item/2;out.push(half)}}
        for(let i=0;i<2;i++)out.push(i);for(let i=5;i<6;i++)out.push(i)}
      function kept(list){const calls=[];for(const item of list){let own=item;calls.push(()=>own)}
        for(const call of calls)out.push(call())}
      function empty(){for(let i=0;i<2;i++){let first;if(i===0)first='x';out.push(first)}}
      function hidden(){let name=1;for(let i=0;i<2;i++){out.push(name);{let name=9;out.push(name)}}}
      wide([1,2]);kept([1,2]);empty();hidden();`;
    const flat = withoutBlockScopes(code);
    expect(flat).toContain('var half');
    expect(flat).toContain('for(var item of list){var twice');
    expect(flat.match(/for\(var i=/g)).toHaveLength(4);
    for (const stays of ['let own', 'let first', 'let name=1', 'let name=9']) expect(flat).toContain(stays);
    expect(run(flat)).toEqual(run(code));
  });
});
