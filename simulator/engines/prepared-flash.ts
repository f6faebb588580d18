// Raw flash of an evaluator that has been in use: its identity, and a journal with so many records, some of them
// acknowledged. Written by the firmware's own code, so that it lies there as on a board.
import { createIdentityStore } from '../../device/flash/identity.ts';
import { createJournal } from '../../device/flash/journal.ts';
import { crc32 } from '../../device/flash/journal-format.ts';
import { retiredMark } from '../../device/flash/journal-layout.ts';
import { mountJournal } from '../../device/flash/journal-mount.ts';
import {
  FLAG_CLOCK_SET,
  FLAG_UNLINKED,
  type Level,
  NO_HANDLE,
  RECORD_PRESS,
} from '../../protocol/constants.ts';
import type { UnsignedEvaluation } from '../../protocol/layouts.ts';
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
  /** Pages at the end of the journal that were taken out of use. */
  retiredPages?: number;
}

const WALL_FROM_MS = 1_770_000_000_000;

/** What is in `record` number `seq` of a prepared journal. */
export const preparedLevel = (seq: number): Level => ((seq % 5) + 1) as Level;

/** Record number `seq` of a prepared journal, unsigned. */
export function preparedRecord(
  given: Pick<PreparedFlash, 'gen' | 'invitationOf' | 'wallFromMs'> & { seq: number; boot: number },
): UnsignedEvaluation {
  const { seq, boot, gen, invitationOf, wallFromMs = WALL_FROM_MS } = given;
  return {
    kind: RECORD_PRESS,
    seq,
    boot,
    uptime: seq * 1000,
    wall: wallFromMs + seq * 1000,
    level: preparedLevel(seq),
    reasons: [],
    invitation: invitationOf ? invitationOf(seq) : NO_HANDLE,
    staff: '11'.repeat(8),
    flags: invitationOf ? FLAG_CLOCK_SET : FLAG_CLOCK_SET + FLAG_UNLINKED,
    gen,
  };
}

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
  for (let page = 1; page <= (given.retiredPages ?? 0); page++)
    flash.write(area.address + area.bytes - page * pageBytes, retiredMark());
  const journal = createJournal({ flash, area, crc32, counters: store, mount: mountJournal });
  for (let seq = 1; seq <= given.records; seq++) {
    const { wall, uptime, reasons, invitation, staff, ...record } = preparedRecord({ ...given, seq, boot });
    const added = journal.append({
      ...record,
      level: record.level as Level,
      uptimeMs: uptime,
      wallMs: wall,
      reasons,
      invitation: Buffer.from(invitation, 'hex'),
      staff: Buffer.from(staff, 'hex'),
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
