// What must hold before anything is written to a board: it is Espruino, new enough, with memory enough. Reads only.
import { ProvisionFailure } from './failures.ts';
import type { PromptClient } from './prompt-client.ts';

/**
 * The first version with what boards need beyond 2v29: packets without loss on ESP32 (#2718), wifi.connect that tries
 * again and calls back, no access point by itself. It is the one the firmware was measured on.
 */
export const OLDEST_VERSION = '2v29.277';
/** The firmware with a card shown and 100 unsent records takes 3,000. */
export const LEAST_MEMORY_BLOCKS = 4000;

export interface BoardFacts {
  version: string;
  /** The interpreter's name for it: LINUX, ESP32. */
  chip: string;
}

/** Opens a locked prompt with one of the passwords. */
export async function reachPrompt(
  prompt: PromptClient,
  passwords: Iterable<string>,
): Promise<'open' | 'unlocked'> {
  const state = await prompt.find();
  if (state === 'open') return 'open';
  if (state !== 'locked')
    throw new ProvisionFailure(
      'prompt.not-espruino',
      state === 'silent' ? 'nothing answers' : `it says ${JSON.stringify(prompt.heard().slice(-40))}`,
    );
  // Twice: a character may get lost on the line.
  for (let round = 0; round < 2; round++) if (await prompt.unlock(passwords)) return 'unlocked';
  throw new ProvisionFailure('prompt.locked');
}

export async function checkBoard(prompt: PromptClient): Promise<BoardFacts> {
  // As a line: interpreters before 2v25 know no packets.
  const told = await prompt.type('print("PJ",process.version,process.env.BOARD)', /PJ (\S+) (\S+)/);
  if (!told) throw new ProvisionFailure('prompt.not-espruino', 'no version');
  const version = told[1]!;
  if (!isAtLeast(version, OLDEST_VERSION))
    throw new ProvisionFailure('interpreter.too-old', `${version}; ${OLDEST_VERSION} or later`);
  return { version, chip: told[2]! };
}

/** What firmware in one of its slots says it is for; undefined for a new board. */
export async function boardOfFirmware(prompt: PromptClient): Promise<string | undefined> {
  for (const slot of ['a', 'b']) {
    const manifest = `require("Storage").read("pj-${slot}.m")`;
    const told = await prompt.evaluate(`JSON.parse(${manifest}||"{}").board||""`);
    const board = told.ok ? /^[a-z0-9-]{1,32}$/.exec(String(told.value))?.[0] : undefined;
    if (board !== undefined) return board;
  }
  return undefined;
}

/** Bluetooth, which takes memory too, is off by then. */
export async function requireMemory(prompt: PromptClient): Promise<void> {
  const memory = await prompt.evaluate('process.memory().total');
  const blocks = memory.ok ? Number(memory.value) : 0;
  if (blocks < LEAST_MEMORY_BLOCKS)
    throw new ProvisionFailure('memory.short', `${blocks} blocks; ${LEAST_MEMORY_BLOCKS} needed`);
}

/** On a new ESP32 it is on, and anyone near could reach the prompt by it. */
export async function bluetoothIsOn(prompt: PromptClient, { chip }: BoardFacts): Promise<boolean> {
  if (chip !== 'ESP32') return false;
  const state = await prompt.evaluate('require("ESP32").getState().BLE');
  return state.ok && state.value === true;
}

/** The interpreter erases the boot code and restarts. */
export async function switchBluetoothOff(prompt: PromptClient): Promise<void> {
  await prompt.type('require("ESP32").enableBLE(false)', />$/);
  await reachPrompt(prompt, []);
}

/** `2v29.277`: release 29 and 277 changes after it. */
export function isAtLeast(version: string, oldest: string): boolean {
  const numbers = (text: string) =>
    /^(\d+)v(\d+)(?:\.(\d+))?/
      .exec(text)
      ?.slice(1)
      .map((part) => Number(part ?? 0));
  const given = numbers(version);
  const least = numbers(oldest)!;
  if (!given) return false;
  for (let at = 0; at < least.length; at++) if (given[at] !== least[at]) return given[at]! > least[at]!;
  return true;
}
