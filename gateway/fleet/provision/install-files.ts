// Writes files into a board's Storage and proves by hash that they are there. A file with the right hash is left
// alone, so that an interrupted installation goes on where it was; a half-written one is erased first.
import { createHash } from 'node:crypto';
import { ProvisionFailure } from './failures.ts';
import type { PromptClient } from './prompt-client.ts';

/** Raw bytes of a packet; as base64 they need little memory on a board. */
const CHUNK_BYTES = 768;
/** A board hashes pieces: it has no room for a whole file on its stack. */
const HASH_PIECE_BYTES = 1024;
const FILE_OVERHEAD_BYTES = 32;
/** Kept free beside the files: Storage needs room for a header, and updates for their own. */
const RESERVE_BYTES = 1024;
/** On the Linux build Storage's own count includes the raw flash of journal and identity. */
const LINUX_RAW_BYTES = 72 * 1024;
const WRITE_TRIES = 2;

export interface Progress {
  file: string;
  writtenBytes: number;
  totalBytes: number;
}

/** SHA-256 over the SHA-256 of each piece, in base64, with the length before it. */
const HASH_ON_BOARD = `(function(n){var s=require("Storage"),c=require("crypto"),f=s.read(n),t="",l,i;if(f===undefined)return"";l=f.length;function h(d){var u=new Uint8Array(c.SHA256(d)),r="",j;for(j=0;j<32;j++)r+=String.fromCharCode(u[j]);return r}for(i=0;i<l;i+=${HASH_PIECE_BYTES})t+=h(s.read(n,i,Math.min(${HASH_PIECE_BYTES},l-i)));return l+":"+btoa(h(t))})`;

export function boardHash(data: Uint8Array): string {
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
  const pieces: Buffer[] = [];
  for (let at = 0; at < data.length; at += HASH_PIECE_BYTES)
    pieces.push(sha256(data.subarray(at, at + HASH_PIECE_BYTES)));
  return `${data.length}:${sha256(Buffer.concat(pieces)).toString('base64')}`;
}

/** Those that are not there as they should be. */
export async function filesToWrite(
  prompt: PromptClient,
  files: [string, Buffer][],
): Promise<[string, Buffer][]> {
  const wrong: [string, Buffer][] = [];
  for (const file of files) if ((await hashOf(prompt, file[0])) !== boardHash(file[1])) wrong.push(file);
  return wrong;
}

export async function requireRoom(
  prompt: PromptClient,
  { files, chip }: { files: [string, Buffer][]; chip: string },
): Promise<void> {
  const needed = files.reduce(
    (sum, [, data]) => sum + data.length + FILE_OVERHEAD_BYTES + 3,
    files.length > 0 ? RESERVE_BYTES : 0,
  );
  const names = files.map(([name]) => name);
  // What is replaced frees its room only where erased files do; that is left out of the account.
  const told = await prompt.evaluate('require("Storage").getFree()');
  const free = told.ok ? Number(told.value) - (chip === 'LINUX' ? LINUX_RAW_BYTES : 0) : 0;
  if (needed > free)
    throw new ProvisionFailure('flash.full', `${needed} bytes needed, ${free} free, for ${names.join(', ')}`);
}

/**
 * Slot files that are not among `kept`: of slot b, which a board with both would go on running, and parts that this
 * release has no more. To be called once there is room for what is to be written.
 */
export async function eraseOtherSlotFiles(prompt: PromptClient, kept: readonly string[]): Promise<void> {
  const told = await prompt.evaluate('require("Storage").list(/^pj-[ab]\\./)');
  if (!told.ok || !Array.isArray(told.value))
    throw new ProvisionFailure('flash.verify', told.ok ? 'no list of files' : told.error);
  for (const name of told.value.map(String)) {
    if (kept.includes(name)) continue;
    const erased = await prompt.evaluate(`require("Storage").erase(${JSON.stringify(name)})`);
    if (!erased.ok) throw new ProvisionFailure('flash.verify', `${name}: ${erased.error}`);
  }
}

export async function writeFiles(
  prompt: PromptClient,
  files: [string, Buffer][],
  onProgress: (progress: Progress) => void,
): Promise<void> {
  const totalBytes = files.reduce((sum, [, data]) => sum + data.length, 0);
  let writtenBytes = 0;
  for (const [name, data] of files) {
    await writeVerified(prompt, { name, data }, (bytes) =>
      onProgress({ file: name, writtenBytes: writtenBytes + bytes, totalBytes }),
    );
    writtenBytes += data.length;
  }
}

async function writeVerified(
  prompt: PromptClient,
  file: { name: string; data: Buffer },
  onBytes: (bytes: number) => void,
): Promise<void> {
  const wanted = boardHash(file.data);
  let problem = '';
  for (let attempt = 0; attempt < WRITE_TRIES; attempt++) {
    const there = await hashOf(prompt, file.name);
    if (there === wanted) return;
    if (there !== '') await prompt.evaluate(`require("Storage").erase(${JSON.stringify(file.name)})`);
    problem = (await writeOnce(prompt, file, onBytes)) ?? '';
    if (/unable to find or create|not enough|no space/i.test(problem))
      throw new ProvisionFailure('flash.full', `${file.name}: ${problem}`);
  }
  if ((await hashOf(prompt, file.name)) !== wanted)
    throw new ProvisionFailure('flash.verify', problem === '' ? file.name : `${file.name}: ${problem}`);
}

/** What the board said against it, if anything. */
async function writeOnce(
  prompt: PromptClient,
  { name, data }: { name: string; data: Buffer },
  onBytes: (bytes: number) => void,
): Promise<string | undefined> {
  for (let at = 0; at < data.length; at += CHUNK_BYTES) {
    const piece = data.subarray(at, at + CHUNK_BYTES);
    const call = `${JSON.stringify(name)},atob("${piece.toString('base64')}"),${at},${data.length}`;
    const write = `require("Storage").write(${call})`;
    let answer = await prompt.evaluate(write);
    // What came garbled was not evaluated at all.
    if (!answer.ok && answer.error.startsWith('SyntaxError')) answer = await prompt.evaluate(write);
    if (!answer.ok) return answer.error;
    onBytes(at + piece.length);
  }
  return undefined;
}

async function hashOf(prompt: PromptClient, name: string): Promise<string> {
  const answer = await prompt.evaluate(`${HASH_ON_BOARD}(${JSON.stringify(name)})`);
  if (!answer.ok) throw new ProvisionFailure('flash.verify', `${name}: ${answer.error}`);
  return String(answer.value);
}
