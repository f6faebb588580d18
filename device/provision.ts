// The prompt's `provision({hall, device, handle, key, gen, force})`: checks what it is given, writes the identity
// into raw flash and restarts. Refuses while records of the present identity wait, unless forced.
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
}

export function offerProvisioning(options: ProvisionOptions): void {
  const hardware = options.hardware;
  hardware.command('provision', (argument) => {
    const problem = provision(options, argument);
    hardware.tell('log', problem ? `provision refused: ${problem}` : 'provisioned');
    if (!problem) hardware.timers.after(REBOOT_AFTER_MS, hardware.native.reboot);
  });
}

function provision(options: ProvisionOptions, argument: unknown): string | undefined {
  const given = (argument ?? {}) as Record<string, unknown>;
  const gen = Number(given.gen);
  const hall = `${given.hall}`;
  const device = `${given.device}`;
  if (!isId(hall) || !isId(device)) return 'hall and device are 1 to 32 of a-z, 0-9 and -';
  if (!isHex(given.handle, 16) || !isHex(given.key, 64)) return 'handle has 16 and key 64 hexadecimal digits';
  if (!(gen >= 1 && gen <= 255)) return 'gen is 1 to 255';
  const unsent = options.journal.state().unsent;
  if (unsent > 0 && given.force !== true) return `${unsent} records are not acknowledged yet`;
  const identity: Identity = { hall, device, handle: fromHex(given.handle), key: fromHex(given.key), gen };
  const before = options.store.identity();
  const hardware = options.hardware;
  // What another device recorded must never be sent under this name.
  if (!before || toHex(before.handle) !== given.handle)
    if (!eraseJournal(hardware.flash, hardware.journalArea, hardware.native.crc32))
      return 'flash did not erase';
  return options.store.writeIdentity(identity) ? undefined : 'flash did not take it';
}

const isId = (text: string): boolean => text.length <= 32 && /^[a-z0-9-]+$/.test(text);
