// Identity and counters in raw flash, in two halves used in turn: the older half is erased only after the newer
// one is whole, so power may fail inside any write or erase. Counters only grow. The key never leaves it but in
// the Identity that was asked for.
import type { Identity } from '../contracts.ts';
import { toHex } from '../crypto/hex.ts';
import type { FlashArea, RawFlash } from '../ports.ts';
import type { Counters } from './counters.ts';
import {
  applyEntry,
  COUNTER_BOOT,
  COUNTER_CLEAN_BOOT,
  COUNTER_FLASH_ERRORS,
  COUNTER_FLOOR,
  COUNTER_RESETS,
  COUNTERS,
  decodeHalf,
  ENTRIES,
  ENTRIES_OFFSET,
  ENTRY_BYTES,
  encodeEntry,
  encodeHalf,
  HALF_CRC_OFFSET,
  type Half,
  identityFits,
} from './identity-layout.ts';
import type { Crc32 } from './journal-layout.ts';

export interface IdentityOptions {
  flash: Omit<RawFlash, 'pageBytes'>;
  area: FlashArea;
  crc32: Crc32;
}

export interface IdentityStore extends Counters {
  /** Undefined when not provisioned; then no counter is kept. */
  identity(): Identity | undefined;
  /** Counts this boot and returns its number, in flash before it is returned; 0 when it could not be written. */
  beginBoot(): number;
  /** The run before this boot ended by `markClean`. */
  endedClean(): boolean;
  /** The last act before an ordered restart. */
  markClean(): void;
  /** A counter of identity-layout.ts; 0 when not provisioned. */
  counter(which: number): number;
  /** True once a greater value is in flash, or was there before. */
  raise(which: number, value: number): boolean;
  /**
   * False when it does not fit or does not read back. The boot number and the choice of the slot go on; sequences do
   * for the same handle, and begin anew for another, whose journal must have been erased before.
   */
  writeIdentity(identity: Identity): boolean;
}

export function createIdentityStore(options: IdentityOptions): IdentityStore {
  const flash = options.flash;
  const crc32 = options.crc32;
  let current: Half | undefined;
  let part = 1;
  let entry = ENTRIES;

  const halfAddress = (which: number) => options.area.address + (which * options.area.bytes) / 2;
  const entryAddress = (index: number) => halfAddress(part) + ENTRIES_OFFSET + index * ENTRY_BYTES;
  const isBlank = (bytes: Uint8Array) => crc32(bytes) === crc32(new Uint8Array(bytes.length).fill(255));

  function writeVerified(address: number, data: Uint8Array): boolean {
    flash.write(address, data);
    return crc32(flash.read(address, data.length)) === crc32(data);
  }

  /** The checksum is written last, after the rest has read back. */
  function writeHalf(half: Half): boolean {
    const other = 1 - part;
    const address = halfAddress(other);
    const bytes = encodeHalf(half, crc32);
    flash.erasePage(address);
    if (!writeVerified(address, bytes.subarray(0, HALF_CRC_OFFSET))) return false;
    if (!writeVerified(address + HALF_CRC_OFFSET, bytes.subarray(HALF_CRC_OFFSET))) return false;
    current = half;
    part = other;
    entry = 0;
    return true;
  }

  /** True once the value is in flash. Slots that take no writing are passed over, then the halves change. */
  function save(counter: number, value: number): boolean {
    if (!current) return false;
    current.counters[counter] = value;
    const data = encodeEntry(counter, value, crc32);
    while (entry < ENTRIES) {
      const address = entryAddress(entry++);
      if (isBlank(flash.read(address, ENTRY_BYTES)) && writeVerified(address, data)) return true;
      current.counters[COUNTER_FLASH_ERRORS]!++;
    }
    return writeHalf({
      generation: current.generation + 1,
      identity: current.identity,
      counters: current.counters,
    });
  }

  const value = (counter: number) => (current ? current.counters[counter]! : 0);

  for (let which = 0; which < 2; which++) {
    const half = decodeHalf(flash.read(halfAddress(which), ENTRIES_OFFSET), crc32);
    if (half && (!current || half.generation > current.generation)) {
      current = half;
      part = which;
    }
  }
  if (current) {
    while (entry > 0 && isBlank(flash.read(entryAddress(entry - 1), ENTRY_BYTES))) entry--;
    for (let i = 0; i < entry; i++)
      applyEntry(flash.read(entryAddress(i), ENTRY_BYTES), current.counters, crc32);
  }
  let clean = false;

  return {
    identity: () => (current ? current.identity : undefined),
    beginBoot() {
      const last = value(COUNTER_BOOT);
      clean = last > 0 && value(COUNTER_CLEAN_BOOT) === last;
      // Before the boot itself: power that fails between the two is counted as the reset it is.
      if (last > 0 && !clean) save(COUNTER_RESETS, value(COUNTER_RESETS) + 1);
      const boot = last + 1;
      return save(COUNTER_BOOT, boot) ? boot : 0;
    },
    endedClean: () => clean,
    markClean() {
      save(COUNTER_CLEAN_BOOT, value(COUNTER_BOOT));
    },
    sequenceFloor: () => Math.max(1, value(COUNTER_FLOOR)),
    saveSequenceFloor(seq) {
      if (seq > value(COUNTER_FLOOR)) save(COUNTER_FLOOR, seq);
    },
    counter: value,
    raise: (which, to) => value(which) >= to || save(which, to),
    flashErrors: () => value(COUNTER_FLASH_ERRORS),
    countFlashError() {
      save(COUNTER_FLASH_ERRORS, value(COUNTER_FLASH_ERRORS) + 1);
    },
    writeIdentity(identity) {
      if (!identityFits(identity)) return false;
      const counters = new Uint32Array(COUNTERS);
      if (current) {
        counters.set(current.counters);
        if (toHex(current.identity.handle) !== toHex(identity.handle)) {
          counters[COUNTER_FLOOR] = 0;
          counters[COUNTER_FLASH_ERRORS] = 0;
          counters[COUNTER_CLEAN_BOOT] = 0;
        }
      }
      const old = part;
      const half = {
        generation: current ? current.generation + 1 : 1,
        identity: identity,
        counters: counters,
      };
      if (!writeHalf(half)) return false;
      flash.erasePage(halfAddress(old));
      return true;
    },
  };
}
