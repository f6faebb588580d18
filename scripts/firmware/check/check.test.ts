import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { checkScript } from './check.ts';
import { GLOBALS, MISSING_METHODS, STATIC_MEMBERS } from './interpreter.ts';
import { NAME_SAMPLES } from './names.ts';
import { RULES } from './rules.ts';

const samples: Record<string, string> = {
  ...Object.fromEntries(RULES.map((rule) => [rule.name, rule.sample])),
  ...NAME_SAMPLES,
};
const rulesOf = (code: string) => checkScript({ code, file: 'sample.js' }).map((problem) => problem.rule);

function askInterpreter(script: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-check-'));
  try {
    writeFileSync(join(folder, 'ask.js'), `${script};quit()`);
    const run = spawnSync(process.env.ESPRUINO!, ['ask.js'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 20_000,
    });
    return run.stdout.split(/\r?\n/).flatMap((line) => (line.startsWith('ANSWER ') ? [line.slice(7)] : []));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the check of the firmware', () => {
  for (const [rule, sample] of Object.entries(samples)) {
    it(`refuses ${rule}, which means something in JavaScript`, () => {
      expect(rulesOf(sample)).toContain(rule);
      if (rule !== 'dynamic-import') expect(runInNewContext(`Boolean(${sample})`)).toBe(true);
    });
  }

  it('accepts what the interpreter can do', () => {
    const code = `(()=>{class A{x=1;static y=2;get z(){return this.x??3}m(a){return a!=null&&this.x}}
      class B extends A{constructor(){super()}m(a){return super.m(a)}}
      function later(){return helper()}
      var first=[];for(let i=0;i<3;i++){let own=i;first.push(()=>own)}
      for(let key in {a:1})print(key);for(let v of[1,2]){let f=(v)=>v;print(f(1))}
      function helper(){return/^[0-9a-f]+$/.exec("ab0")}
      try{later()}catch{print(\`x\${new B().m(1)}\`)}finally{switch(1){case 1:{let q=1_000;print(q)}default:}}
      do{var a=1}while(!a);E.CRC32("a");Math.floor(0b11);Object.keys({});typeof Map;D5;SPI1.send})()`;
    expect(checkScript({ code, file: 'sample.js' })).toEqual([]);
  });

  it('tells a shadowed loop variable from one that closures keep', () => {
    expect(rulesOf('for(let e of [1])print((function(e){return e})(2))')).toEqual([]);
    expect(rulesOf('for(let e=0;e<2;e++)setTimeout(()=>print(e),1)')).toEqual(['kept-loop-variable']);
    expect(rulesOf('for(var e=0;e<2;e++)setTimeout(()=>print(e),1)')).toEqual([]);
  });

  it('finds a function that is called through another before its own statement', () => {
    expect(rulesOf('(()=>{function a(){return b()}a();function b(){}})()')).toEqual(['late-function']);
    expect(rulesOf('(()=>{function a(){return b()}function b(){}a()})()')).toEqual([]);
  });

  it('refuses each regular expression the matcher would misread', () => {
    for (const regex of ['/a{2}/', '/(ab)+/', '/a(?=b)/', '/a+?/', '/\\bab/', '/x(a|b)/', '/a/u', '/^b/m'])
      expect(rulesOf(regex), regex).toContain('regular-expression');
    for (const regex of ['/[a?{]+x/', '/\\d\\.\\?/gi', '/ab|cd/', '/(a)b/'])
      expect(rulesOf(regex)).toEqual([]);
  });

  it('names line and column', () => {
    expect(checkScript({ code: 'var a={};\n  a?.b', file: 'x.js' })[0]).toMatchObject({
      file: 'x.js',
      line: 2,
      column: 3,
    });
  });
});

describe.skipIf(!process.env.ESPRUINO)('the real interpreter', () => {
  for (const [rule, sample] of Object.entries(samples)) {
    it(`does not do what ${rule} would mean`, () => {
      const text = JSON.stringify(sample);
      const script = `var r;try{r=eval(${text})}catch(e){r="failed"}print("ANSWER "+(r===true))`;
      expect(askInterpreter(script)).not.toContain('true');
    });
  }

  it('has every global and member the check allows, and none of the methods it refuses', () => {
    const names = [
      ...GLOBALS.filter((name) => name !== 'arguments' && name !== 'undefined'),
      ...Object.entries(STATIC_MEMBERS).flatMap(([of, members]) => members.map((name) => `${of}.${name}`)),
    ];
    const script = `${JSON.stringify(names)}.forEach(function(n){var v;try{v=eval(n)}catch(e){}if(v===undefined)print("ANSWER lacks "+n)});
      ${JSON.stringify(MISSING_METHODS)}.forEach(function(n){[[],"",1,new Uint8Array(1),Promise.resolve()].forEach(function(o){var v;try{v=o[n]}catch(e){}if(v!==undefined)print("ANSWER has "+n)})});print("ANSWER end")`;
    expect(askInterpreter(script)).toEqual(['end']);
  });
});
