// Brings one board into service, step by step: prompt, checks, files, identity, lock, hello. Every step looks first
// what is there, so that repeating is safe and an interrupted run goes on where it was. Knows ports only.
import type { Clock } from '../../ports.ts';
import type { FleetAdmin } from '../admin.ts';
import { askIdentity, type BoardIdentity, firmwareRuns, giveIdentity } from './board-identity.ts';
import type { ByteStream } from './byte-stream.ts';
import {
  type BoardFacts,
  bluetoothIsOn,
  boardOfFirmware,
  checkBoard,
  reachPrompt,
  requireMemory,
  switchBluetoothOff,
} from './check-board.ts';
import { ProvisionFailure } from './failures.ts';
import { type Firmware, inWritingOrder, isSlotFile } from './firmware-files.ts';
import {
  eraseOtherSlotFiles,
  filesToWrite,
  type Progress,
  requireRoom,
  writeFiles,
} from './install-files.ts';
import { makePromptClient, type PromptClient, type PromptLimits } from './prompt-client.ts';
import { requireRightClock, waitForHello, whyNoHello } from './wait-for-hello.ts';

/** Which evaluator the board becomes, and how it finds the gateway. */
export interface Assignment {
  hall: string;
  device: string;
  window: string;
  /** Becomes `pj.net`. */
  network: object;
  lockPassword: string;
  /** Takes a board that is another evaluator with presses not delivered: they are lost. */
  force: boolean;
  dryRun: boolean;
}

export interface ProvisionPorts {
  open(): Promise<ByteStream>;
  admin: FleetAdmin;
  clock: Clock;
  /** Throws ProvisionFailure when there is none for the chip. */
  firmwareFor(board: { chip: string; present: string | undefined }): Firmware;
  /** Of evaluators that the board may have been before. */
  otherPasswords: readonly string[];
  limits: PromptLimits & { helloMs: number; bootMs: number };
  say(sentence: string): void;
  onProgress(progress: Progress): void;
}

export interface Provisioned {
  board: string;
  firmware: string;
  written: string[];
  /** The board had this identity already. */
  knewIdentity: boolean;
}

/** A board restarts in less, up to where its prompt answers. */
const RESTART_TRIES = 10;

/** Rejects with ProvisionFailure. The stream is closed in any case. */
export async function provision(assignment: Assignment, ports: ProvisionPorts): Promise<Provisioned> {
  const stream = await ports.open();
  try {
    const prompt = makePromptClient(stream, ports);
    return await run(assignment, { ...ports, prompt });
  } finally {
    await stream.close();
  }
}

type Run = ProvisionPorts & { prompt: PromptClient };

async function run(assignment: Assignment, ports: Run): Promise<Provisioned> {
  const { prompt, admin, say } = ports;
  const passwords = [assignment.lockPassword, ...ports.otherPasswords];
  const access = await reachPrompt(prompt, passwords);
  const facts = await checkBoard(prompt);
  const firmware = ports.firmwareFor({ chip: facts.chip, present: await boardOfFirmware(prompt) });
  say(`Espruino ${facts.version} on ${facts.chip}; firmware ${firmware.version} for ${firmware.board}.`);
  const present = await askIdentity(prompt);
  const shown = await admin.show(assignment.device);
  const registered = shown.ok ? shown.device : undefined;
  const knewIdentity = present !== undefined && present.handle === registered?.handle;
  if (!knewIdentity) requireFree(assignment, { present, bootOfRegistered: registered?.boot ?? 0 });

  if (await bluetoothIsOn(prompt, facts)) {
    if (!assignment.dryRun) await switchBluetoothOff(prompt);
    say(assignment.dryRun ? 'Bluetooth is on and would be switched off.' : 'Bluetooth is switched off.');
  }
  await requireMemory(prompt);
  const files = filesOf(assignment, firmware);
  const wanting = await filesToWrite(prompt, files);
  const names = wanting.map(([name]) => name);
  if (assignment.dryRun) {
    await requireRoom(prompt, { files: wanting, chip: facts.chip });
    // As it was found.
    if (access === 'unlocked') await prompt.type('E.lockConsole();print("PJ locked")', /PJ locked/);
    return { board: firmware.board, firmware: firmware.version, written: names, knewIdentity };
  }

  if (wanting.length > 0) {
    await install({ files: wanting, all: files.map(([name]) => name), facts }, ports);
    say(`Written and verified: ${names.join(', ')}.`);
  }
  if (wanting.length > 0 || !(await firmwareRuns(prompt))) await restart(prompt, { passwords, ports });
  const bootBefore = knewIdentity ? (registered?.boot ?? 0) : 0;
  await takeIdentity(assignment, { ports, knewIdentity });
  await requireLocked(prompt);
  say('The prompt is locked. Waiting until the evaluator has said hello.');
  await reachGateway({ device: assignment.device, bootBefore, passwords }, ports);
  return { board: firmware.board, firmware: firmware.version, written: names, knewIdentity };
}

/** Another evaluator's presses, or another board's identity, are not taken by accident. */
function requireFree(
  assignment: Assignment,
  { present, bootOfRegistered }: { present: BoardIdentity | undefined; bootOfRegistered: number },
): void {
  if (bootOfRegistered > 0) throw new ProvisionFailure('identity.in-service', assignment.device);
  if (present && present.unsent > 0 && !assignment.force)
    throw new ProvisionFailure('journal.not-empty', `${present.device}: ${present.unsent}`);
}

function filesOf({ network, lockPassword }: Assignment, firmware: Firmware): [string, Buffer][] {
  const own: [string, Buffer][] = [
    ['pj.net', Buffer.from(JSON.stringify(network))],
    ['pj.lock', Buffer.from(lockPassword)],
  ];
  return inWritingOrder([...firmware.files, ...own]);
}

async function install(
  { files, all, facts }: { files: [string, Buffer][]; all: string[]; facts: BoardFacts },
  { prompt, onProgress }: Run,
): Promise<void> {
  // What runs needs its memory, and must not run from a file that is being replaced.
  await prompt.type('reset()', />$/);
  await requireRoom(prompt, { files, chip: facts.chip });
  const isOfSlot = ([name]: [string, Buffer]) => isSlotFile(name);
  const before = files.filter((file) => !isOfSlot(file) && file[0] === '.bootcde');
  await writeFiles(prompt, before, onProgress);
  if (files.some(isOfSlot)) await eraseOtherSlotFiles(prompt, all);
  await writeFiles(
    prompt,
    files.filter((file) => !before.includes(file)),
    onProgress,
  );
}

/** Until the firmware runs and its prompt is open. */
async function restart(
  prompt: PromptClient,
  { passwords, ports }: { passwords: string[]; ports: Run },
): Promise<void> {
  await prompt.type('E.reboot()', /PJ1 screen/, ports.limits.bootMs);
  for (let attempt = 0; attempt < RESTART_TRIES; attempt++) {
    await reachPrompt(prompt, passwords);
    if (await firmwareRuns(prompt)) return;
    await new Promise<void>((resolve) => void ports.clock.after(ports.limits.retryMs, resolve));
  }
  throw new ProvisionFailure('firmware.failed', prompt.heard().trim().slice(-80));
}

async function takeIdentity(
  assignment: Assignment,
  { ports, knewIdentity }: { ports: Run; knewIdentity: boolean },
): Promise<void> {
  const { prompt, admin, say, limits } = ports;
  if (knewIdentity) {
    // Restarts, so that it connects anew with what was written and its prompt is locked.
    await prompt.type('E.reboot()', /PJ1 screen/, limits.bootMs);
    return;
  }
  const { device: id, window } = assignment;
  const answer = await admin.register({ id, window });
  if (!answer.ok) throw new ProvisionFailure('identity.in-service', answer.code);
  say(`Registered as ${id} at window ${window}.`);
  await giveIdentity(prompt, { identity: answer.identity, force: assignment.force });
  await prompt.hear(/PJ1 screen/, limits.bootMs);
}

async function requireLocked(prompt: PromptClient): Promise<void> {
  const state = await prompt.find();
  if (state !== 'locked') throw new ProvisionFailure('prompt.not-locked', state);
}

async function reachGateway(
  { device, bootBefore, passwords }: { device: string; bootBefore: number; passwords: string[] },
  { prompt, admin, clock, limits }: Run,
): Promise<void> {
  const { running } = await admin.now();
  if (!running) throw new ProvisionFailure('gateway.not-running');
  const isThere = await waitForHello({ admin, clock, device, bootBefore, limitMs: limits.helloMs });
  if (!isThere) {
    const failure = await whyNoHello(prompt, passwords);
    await prompt.type('E.lockConsole();print("PJ locked")', /PJ locked/);
    throw failure;
  }
  await requireRightClock({ admin, clock });
}
