// The prompt's `provision({hall, device, handle, key, gen, force})`: checks what it is given, writes the identity
// into raw flash and restarts. Refuses while records of the present identity wait, unless forced. Without an argument
// it tells who the evaluator is; the key never leaves it.
import type { Identity, Journal } from './contracts.ts';
import { fromHex, isHex, toHex } from './crypto/hex.ts';
import { eraseJournal } from './flash/erase-journal.ts';
import type { IdentityStore } from './flash/identity.ts';
import type { Hardware } from './ports.ts';

/** Long enough for the answer to leave on a serial line. */
const REBOOT_AFTER_MS = 200;

export interface ProvisionOptions {
  hardware: Hardware;
  store: IdentityStore;
  journal: Journal;
  /** A press is being taken. */
  busy(): boolean;
}

/** `argument` is outside input. */
export function provision(options: ProvisionOptions, argument: unknown): void {
  const hardware = options.hardware;
  const reboot = hardware.native.reboot;
  const before = options.store.identity();
  if (argument === undefined) {
    const told = before
      ? `${before.hall} ${before.device} ${toHex(before.handle)} ${before.gen} ${options.journal.state().unsent}`
      : 'none';
    hardware.tell('identity', told);
    return;
  }
  const handleBefore = before?.handle;
  const given = check(options, argument);
  if (typeof given === 'string') {
    hardware.tell('log', `provision refused: ${given}`);
    return;
  }
  // What another device recorded must never be sent under this name.
  const another = !handleBefore || toHex(handleBefore) !== toHex(given.handle);
  const problem = another ? empty(options) || write(options, given) : write(options, given);
  if (!problem) options.store.markClean();
  hardware.tell('log', problem ? `provision failed: ${problem}` : 'provisioned');
  // At once after an erase: what runs still holds a journal that is no more.
  if (another) reboot();
  else if (!problem) hardware.timers.after(REBOOT_AFTER_MS, reboot);
}

/** The identity given, or what is wrong. Changes nothing. */
function check(options: ProvisionOptions, argument: unknown): Identity | string {
  const given = (argument ?? {}) as Record<string, unknown>;
  const gen = Number(given.gen);
  const hall = `${given.hall}`;
  const device = `${given.device}`;
  if (!isId(hall) || !isId(device)) return 'hall and device are 1 to 32 of a-z, 0-9 and -';
  if (!isHex(given.handle, 16) || !isHex(given.key, 64)) return 'handle has 16 and key 64 hexadecimal digits';
  if (!(gen >= 1 && gen <= 255) || gen !== Math.floor(gen)) return 'gen is a whole number, 1 to 255';
  if (options.busy()) return 'a press is being taken';
  const unsent = options.journal.state().unsent;
  if (unsent > 0 && given.force !== true) return `${unsent} records are not acknowledged yet`;
  return { hall, device, handle: fromHex(given.handle), key: fromHex(given.key), gen };
}

/** Closes the running journal first: it must write nothing of its own into the emptied area. */
function empty(options: ProvisionOptions): string | undefined {
  const hardware = options.hardware;
  options.journal.append = () => ({ ok: false, code: 'journal.flash' });
  options.journal.acknowledge = ignore;
  return eraseJournal(hardware.flash, hardware.journalArea, hardware.native.crc32)
    ? undefined
    : 'flash did not erase';
}

function write(options: ProvisionOptions, identity: Identity): string | undefined {
  return options.store.writeIdentity(identity) ? undefined : 'flash did not take it';
}

function ignore(): void {
  // The journal is closed.
}

const isId = (text: string): boolean => text.length <= 32 && /^[a-z0-9-]+$/.test(text);
