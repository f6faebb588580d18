import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { LINUX } from '../espruino/geometry.ts';

const WRITES_SEEN = 500;

it('killing the whole simulator loses nothing that the evaluator had written to flash', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-killed-'));
  const program = `var F=require("Flash"),b=F.getFree()[0].addr+0x30000,n=0;
setInterval(function(){for(var i=0;i<25;i++){F.write([n&127],b+n);n++;}print("PJ1 "+n);},1);`;
  const host = `import { NodeEngine } from ${JSON.stringify(join(import.meta.dirname, 'node-engine.ts'))};
const files = { '.bootcde': Buffer.from(${JSON.stringify(program)}) };
const engine = new NodeEngine({ folder: ${JSON.stringify(folder)}, firmware: { board: 'linux', version: '1', files } });
engine.onConsoleLine((line) => console.log(line));
await engine.powerOn();`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', host], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = 0;
  for await (const line of createInterface(child.stdout)) {
    told = Number(line.replace('PJ1 ', ''));
    if (told >= WRITES_SEEN) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  const journal = readFileSync(join(folder, 'flash.bin')).subarray(LINUX.journal.offset);
  expect(told).toBeGreaterThanOrEqual(WRITES_SEEN);
  expect([...journal.subarray(0, told)]).toEqual(Array.from({ length: told }, (_, index) => index & 127));
  rmSync(folder, { recursive: true });
});
