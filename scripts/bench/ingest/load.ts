// Drives load.c: compiles it, gives it prepared packets in files, reads its answers. One generator process for each
// system that is measured, since each holds that system's connections.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DeviceIdentity } from '../../../gateway/fleet/registry.ts';
import { makeConnectPassword } from '../../../protocol/keys.ts';
import { encodeProbe, parseProbeAnswer } from '../../../protocol/probe.ts';
import { downFilters } from '../../../protocol/topics.ts';
import type { InvitedRange } from './invitations.ts';
import { connectPacket, subscribePacket } from './mqtt-wire.ts';
import type { PreparedRecords } from './prepared-records.ts';

const BOOT = 1;
/** Longer than a whole measurement, so that nobody has to ping. */
const KEEP_ALIVE_SECONDS = 300;
const PROBES_AT_ONCE = 200;

export interface RunResult {
  acknowledged: number;
  sent: number;
  elapsedMs: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Messages that came down beside the PUBACKs: `ack`. */
  downward: number;
  generatorCpuMs: number;
  perConnection: number[];
}

export interface Run {
  connections: number;
  window: number;
  durationMs: number;
  /** Mean time from a PUBACK to the next record of the connection, milliseconds; without it that follows at once. */
  pauseMs?: number;
  /** Records prepared for each connection; the run ends early when one has sent all of them. */
  recordsPerConnection: number;
}

export interface Load {
  /** Until every evaluator had its nonce from the UDP probe; 0 without proof. */
  probedMs: number;
  /** From the first CONNECT to the last SUBACK. */
  connectedMs: number;
  run(run: Run): Promise<RunResult>;
  stop(): Promise<void>;
}

export function compileLoad(folder: string): string {
  const program = join(folder, 'load');
  const source = fileURLToPath(new URL('./load.c', import.meta.url));
  execFileSync('gcc', ['-O2', '-o', program, source], { stdio: ['ignore', 'ignore', 'inherit'] });
  return program;
}

export interface LoadOptions {
  program: string;
  folder: string;
  system: string;
  port: number;
  /** With connect proof; a plain broker takes the same evaluators without. */
  withProof: boolean;
  /** Records may come again: nothing tells them apart. */
  wrap: boolean;
  records: PreparedRecords;
  /** Before a run: these records may be sent in it. */
  prepare(ranges: InvitedRange[]): void;
}

export async function startLoad(options: LoadOptions): Promise<Load> {
  const { folder, system, port, records, wrap } = options;
  const { identities } = records;
  const startMs = performance.now();
  const proofs = options.withProof ? await connectProofs(port, records) : undefined;
  const probedMs = options.withProof ? performance.now() - startMs : 0;
  const connects = identities.map((identity, index) => {
    const clientId = `pj-${identity.hall}-${identity.device}`;
    const username = `${identity.hall}.${identity.device}`;
    const password = proofs?.[index];
    const proof = password === undefined ? {} : { username, password };
    const connect = connectPacket({ clientId, keepAliveSeconds: KEEP_ALIVE_SECONDS, ...proof });
    return Buffer.concat([connect, subscribePacket(downFilters(identity))]);
  });
  const file = join(folder, `${system}.packets`);
  writePackets(file, connects);
  const child = spawn(options.program, ['send', `${port}`, file, `${identities.length}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const line = lineReader(child, system);
  const connectedMs = Number(/^connected ([\d.]+)$/.exec(await line())?.[1]);
  const nextAt = identities.map(() => 0);
  const preparedTo = identities.map(() => 0);
  const prepare = (connections: number, needed: number) => {
    const ranges = nextAt.slice(0, connections).flatMap((from, index) => {
      const range = { index, from: preparedTo[index]!, to: from + needed };
      return range.to > range.from ? [range] : [];
    });
    for (const { index, to } of ranges) preparedTo[index] = to;
    if (ranges.length > 0) options.prepare(ranges);
  };

  return {
    probedMs,
    connectedMs,
    async run({ connections, window, durationMs, pauseMs = 0, recordsPerConnection }) {
      const needed = Math.max(window, recordsPerConnection);
      prepare(connections, needed);
      writePackets(
        file,
        identities.map((_, index) =>
          index < connections ? Buffer.concat(records.of(index, nextAt[index]!, needed)) : Buffer.alloc(0),
        ),
      );
      child.stdin!.write(
        `load ${file}\nrun ${connections} ${window} ${durationMs} ${Number(wrap)} ${pauseMs}\n`,
      );
      const result = JSON.parse(await line()) as RunResult;
      if (!wrap) for (const [index, sent] of result.perConnection.entries()) nextAt[index]! += sent;
      return result;
    },
    async stop() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode !== null) return;
      child.stdin!.end('end\n');
      await exited;
    },
  };
}

function writePackets(file: string, packets: Buffer[]): void {
  const parts = packets.flatMap((bytes) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  writeFileSync(file, Buffer.concat(parts));
}

function lineReader(child: ChildProcess, system: string): () => Promise<string> {
  const lines: string[] = [];
  let waiting: ((line: string) => void) | undefined;
  let failed: Error | undefined;
  let onFailed: ((error: Error) => void) | undefined;
  createInterface(child.stdout!).on('line', (line) => {
    if (waiting) waiting(line);
    else lines.push(line);
    waiting = undefined;
  });
  child.once('exit', (code) => {
    failed = new Error(`the load generator of ${system} ended with code ${code}`);
    onFailed?.(failed);
  });
  return () =>
    new Promise((resolve, reject) => {
      const line = lines.shift();
      if (line !== undefined) return resolve(line);
      if (failed) return reject(failed);
      waiting = resolve;
      onFailed = reject;
    });
}

/** A connect password for each evaluator, over a nonce that the gateway gave for it. */
async function connectProofs(port: number, { identities, keys }: PreparedRecords): Promise<string[]> {
  const socket = createSocket('udp4');
  const waiting = new Map<string, (nonce: string) => void>();
  socket.on('message', (datagram) => {
    const answer = parseProbeAnswer(datagram);
    if (answer) waiting.get(answer.token)?.(answer.nonce);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const ask = ({ hall, device }: DeviceIdentity, index: number) => {
    const token = index.toString(16).padStart(16, '0');
    return new Promise<string>((resolve) => {
      waiting.set(token, resolve);
      socket.send(encodeProbe({ hall, device, token }), port, '127.0.0.1');
    });
  };
  const nonces: string[] = [];
  for (let from = 0; from < identities.length; from += PROBES_AT_ONCE) {
    const some = identities.slice(from, from + PROBES_AT_ONCE);
    nonces.push(...(await Promise.all(some.map((identity, index) => ask(identity, from + index)))));
  }
  socket.close();
  return identities.map(({ handle, gen }, index) => {
    const numbers = { deviceHandle: handle, boot: BOOT, conn: 1, nonce: nonces[index]! };
    return makeConnectPassword(keys[index]!, gen, numbers);
  });
}
