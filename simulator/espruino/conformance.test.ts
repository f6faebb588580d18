// Runs every program of conformance-cases.ts on the Node environment and, where ESPRUINO names the interpreter, on
// the real one, and compares what they print.

import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeviceEngine } from '../engine.ts';
import { EspruinoEngine } from '../engines/espruino-engine.ts';
import { NodeEngine } from '../engines/node-engine.ts';
import { CASES } from './conformance-cases.ts';
import { compress, decompress } from './heatshrink.ts';

const interpreter = process.env.ESPRUINO;
const RUN_LIMIT_MS = 20_000;

const servers = { tcp: net.createServer(answer), udp: dgram.createSocket('udp4') };
const folders: string[] = [];

/** Echoes; after 2,000 bytes it adds "end"; "bye" closes. */
function answer(socket: net.Socket): void {
  let received = 0;
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    const before = received;
    received += data.length;
    if (before >= 2000) socket.end();
    else socket.write(data);
    if (before < 2000 && received >= 2000) socket.write('end');
  });
}

beforeAll(async () => {
  servers.udp.on('message', (bytes, from) =>
    servers.udp.send(Buffer.concat([bytes, bytes]), from.port, from.address),
  );
  servers.tcp.listen(0, '127.0.0.1');
  servers.udp.bind(0, '127.0.0.1');
  await Promise.all([once(servers.tcp, 'listening'), once(servers.udp, 'listening')]);
});

afterAll(() => {
  servers.tcp.close();
  servers.udp.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function create(kind: 'node' | 'espruino', program: string): DeviceEngine {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-conformance-'));
  folders.push(folder);
  const files = { '.bootcde': Buffer.from(program, 'latin1') };
  const options = { folder, firmware: { board: 'linux', version: 'test', files } };
  return kind === 'node'
    ? new NodeEngine(options)
    : new EspruinoEngine({ ...options, interpreter: interpreter! });
}

/** What the program prints until `DONE`, without the interpreter's own words on where an error was. */
async function run(kind: 'node' | 'espruino', program: string): Promise<string[]> {
  const tcp = String((servers.tcp.address() as net.AddressInfo).port);
  const engine = create(
    kind,
    program.replaceAll('TCP', tcp).replaceAll('UDP', String(servers.udp.address().port)),
  );
  const lines: string[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`No DONE on ${kind}: ${lines.join(' | ')}`)),
        RUN_LIMIT_MS,
      );
      engine.onConsoleLine((line) => {
        lines.push(line);
        if (line !== 'DONE') return;
        clearTimeout(late);
        resolve();
      });
      engine.powerOn().catch(reject);
    });
  } finally {
    await engine.powerOff();
  }
  return lines.filter((line) => !/^\s+at |^\s*\^$|^throw |^Compacting/.test(line));
}

// What the real interpreter printed is kept beside the test, so that the Node half means something without it.
// To record again: run with ESPRUINO and `-u`.
describe.each(CASES)('$title', ({ title, program }) => {
  const recorded = join(import.meta.dirname, 'recorded', `${title.replace(/\W+/g, '-')}.txt`);

  it('on the Node environment, as the real interpreter was recorded', async () => {
    await expect((await run('node', program)).join('\n')).toMatchFileSnapshot(recorded);
  });

  it.skipIf(!interpreter)(interpreter ? 'on the real interpreter' : 'skipped: needs ESPRUINO', async () => {
    await expect((await run('espruino', program)).join('\n')).toMatchFileSnapshot(recorded);
  });
});

describe('heatshrink between the two', () => {
  const data = Uint8Array.from(
    { length: 3000 },
    (_, index) => ((index * index) >> 5) & (index % 7 ? 255 : 15),
  );

  it.skipIf(!interpreter)(
    interpreter ? 'each unpacks what the other packed' : 'skipped: needs ESPRUINO',
    async () => {
      const base64 = Buffer.from(compress(data)).toString('base64');
      const program = `var h=require("heatshrink");print(E.CRC32(h.decompress(atob("${base64}"))));
var d=new Uint8Array(3000);for(var i=0;i<3000;i++)d[i]=(i*i>>5)&(i%7?255:15);print(E.CRC32(d));print(btoa(h.compress(d)));print("DONE");`;
      const [unpacked, original, packed] = await run('espruino', program);
      expect(unpacked).toBe(original);
      expect(decompress(Buffer.from(packed!, 'base64'))).toEqual(data);
    },
  );
});
