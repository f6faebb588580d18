// What a firmware slot consists of in Storage: `pj-a.m`, the manifest, and the files it names, `pj-a.js` first. A slot
// is whole when every file has the hash that its manifest gives; nothing else says so.
import { toHex } from '../crypto/hex.ts';
import type { Sha256 } from '../crypto/hmac.ts';
import type { Files } from '../ports.ts';
import type { Slot } from './slot-choice.ts';

/** Of a manifest, as the contract has it. */
export interface Manifest {
  version: string;
  board: string;
  files: [name: string, bytes: number, sha256: string][];
}

export const MANIFEST = 'm';

export const slotFile = (slot: Slot, name: string): string => `pj-${slot}.${name}`;

/** Never throws, whatever Storage holds: what is no manifest makes no whole slot. */
export function slotIsWhole(read: Files['read'], sha256: Sha256, slot: Slot): boolean {
  try {
    const manifest = JSON.parse(read(slotFile(slot, MANIFEST))!) as Manifest;
    return manifest.files.every((file) => toHex(sha256(read(slotFile(slot, file[0]))!)) === file[2]);
  } catch {
    return false;
  }
}
