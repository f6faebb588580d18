// Who a board is already, asked of the firmware that runs on it, and how it becomes another.
import type { DeviceIdentity } from '../registry.ts';
import { ProvisionFailure } from './failures.ts';
import type { PromptClient } from './prompt-client.ts';

export interface BoardIdentity {
  hall: string;
  device: string;
  /** 16 hexadecimal digits. */
  handle: string;
  gen: number;
  unsent: number;
}

const TOLD =
  /PJ1 identity (?:none|([a-z0-9-]{1,32}) ([a-z0-9-]{1,32}) ([0-9a-f]{16}) (\d{1,3}) (\d{1,6}))[\r\n]/;
const ANSWER_LIMIT_MS = 10_000;

export async function firmwareRuns(prompt: PromptClient): Promise<boolean> {
  const told = await prompt.evaluate('typeof provision');
  return told.ok && told.value === 'function';
}

/** Undefined when it has none, or no firmware that could tell. */
export async function askIdentity(prompt: PromptClient): Promise<BoardIdentity | undefined> {
  if (!(await firmwareRuns(prompt))) return undefined;
  const told = await prompt.type('provision()', TOLD, ANSWER_LIMIT_MS);
  const [, hall, device, handle, gen, unsent] = told ?? [];
  if (hall === undefined) return undefined;
  return { hall, device: device!, handle: handle!, gen: Number(gen), unsent: Number(unsent) };
}

/** The board restarts by itself when it has it. */
export async function giveIdentity(
  prompt: PromptClient,
  { identity, force }: { identity: DeviceIdentity; force: boolean },
): Promise<void> {
  const given = JSON.stringify(force ? { ...identity, force: true } : identity);
  const answer = await prompt.type(
    `provision(${given})`,
    /PJ1 log (provision[^\r\n]*)[\r\n]/,
    ANSWER_LIMIT_MS,
  );
  if (answer?.[1] === 'provisioned') return;
  throw new ProvisionFailure('identity.refused', answer?.[1] ?? 'no answer');
}
