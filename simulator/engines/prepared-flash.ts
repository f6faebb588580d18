// Raw flash of an evaluator that has been in use: its identity, and a journal with so many records, some of them
// acknowledged. Written by the firmware's own code, so that it lies there as on a board.
import { createIdentityStore } from '../../device/flash/identity.ts';
import { createJournal } from '../../device/flash/journal.ts';
import { crc32 } from '../../device/flash/journal-format.ts';
import { mountJournal } from '../../device/flash/journal-mount.ts';
import { FLAG_CLOCK_SET, FLAG_UNLINKED, type Level } from '../../protocol/constants.ts';
import type { FlashGeometry } from '../espruino/host.ts';
import { createMemoryFlash } from '../world/memory-flash.ts';

export interface PreparedFlash {
  hall: string;
  device: string;
  /** Hexadecimal, 16 and 64 digits. */
  handle: string;
  key: string;
  gen: number;
  records: number;
  acked: number;
  /** Boots it has had; 1 when left out. */
  boots?: number;
  /** Of the invitation that record `seq` answers, 16 hexadecimal digits; unlinked when left out. */
  invitationOf?: (seq: number) => string;
  /** Wall time of record 0; each further one is a second later. */
  wallFromMs?: number;
}

const WALL_FROM_MS = 1_770_000_000_000;

/** What is in `record` number `seq` of a prepared journal. */
export const preparedLevel = (seq: number): Level => ((seq % 5) + 1) as Level;

/** The bytes of journal and identity area, to be put where the geometry says. */
export function prepareFlash(given: PreparedFlash, geometry: FlashGeometry) {
  const { journal: journalPlace, identity: identityPlace, pageBytes } = geometry;
  const flash = createMemoryFlash({ bytes: geometry.flashBytes, pageBytes });
  const store = createIdentityStore({
    flash,
    area: { address: identityPlace.offset, bytes: identityPlace.bytes },
    crc32,
  });
  const { hall, device, gen } = given;
  store.writeIdentity({
    hall,
    device,
    gen,
    handle: Buffer.from(given.handle, 'hex'),
    key: Buffer.from(given.key, 'hex'),
  });
  let boot = store.beginBoot();
  for (let boots = 1; boots < (given.boots ?? 1); boots++) boot = store.beginBoot();
  const area = { address: journalPlace.offset, bytes: journalPlace.bytes };
  const journal = createJournal({ flash, area, crc32, counters: store, mount: mountJournal });
  for (let seq = 1; seq <= given.records; seq++) {
    const added = journal.append({
      kind: 1,
      boot,
      uptimeMs: seq * 1000,
      wallMs: (given.wallFromMs ?? WALL_FROM_MS) + seq * 1000,
      level: preparedLevel(seq),
      reasons: [],
      invitation: given.invitationOf ? Buffer.from(given.invitationOf(seq), 'hex') : new Uint8Array(8),
      staff: new Uint8Array(8).fill(0x11),
      flags: given.invitationOf ? FLAG_CLOCK_SET : FLAG_CLOCK_SET + FLAG_UNLINKED,
      gen,
    });
    if (!added.ok) throw new Error(`record ${seq}: ${added.code}`);
    if (seq <= given.acked) journal.acknowledge(seq);
  }
  const part = ({ offset, bytes }: { offset: number; bytes: number }) => ({
    offset,
    data: flash.image.slice(offset, offset + bytes),
  });
  return { journal: part(journalPlace), identity: part(identityPlace) };
}
