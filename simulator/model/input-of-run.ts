// The model's input from a finished run: what people and window systems did, and the presses as the world saw them.
// Of the evaluators' own records only what they signed is taken: when they say a press was made, and who was shown.
import { databaseOf } from '../checkers/artefacts/read-database.ts';
import { type FlashRecord, journalOf } from '../checkers/artefacts/read-flash.ts';
import type { RunArtefacts, ThankedPress, WorldFact } from '../world/artefacts.ts';
import {
  type ModelInput,
  type ModelInvitation,
  type ModelPress,
  type ModelService,
  nameOfPress,
} from './model.ts';

const NO_HANDLE = '0'.repeat(16);
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A message with the time may be so long on its way. */
const TIME_TOLERANCE_MS = MINUTE_MS;
/** An evaluator that is away keeps the time that it was given, at most so long here. */
const CLOCK_KEPT_MS = 10 * DAY_MS;
/** The sweep may take so long to come to a case. */
const SWEEP_LIMIT_MS = 60 * MINUTE_MS;

type Kind<K extends WorldFact['kind']> = Extract<WorldFact, { kind: K }>;

export function inputOfRun(run: RunArtefacts): ModelInput {
  const known = run.facts.filter(({ lost }) => !lost);
  const of = <K extends WorldFact['kind']>(kind: K) =>
    known.filter((fact): fact is Kind<K> => fact.kind === kind);
  const services = new Map<string, ModelService>();
  const completions: ModelInput['completions'][number][] = [];
  for (const fact of known) {
    if (fact.kind === 'service') services.set(`${fact.projectNo}/${fact.assessNumber}`, fact);
    if (fact.kind !== 'completion' || completions.some(({ projectNo }) => projectNo === fact.projectNo))
      continue;
    const numbers = [...services.values()].flatMap(({ projectNo, assessNumber }) =>
      projectNo === fact.projectNo ? [assessNumber] : [],
    );
    completions.push({ ...fact, assessNumber: Math.max(0, ...numbers) });
  }
  return {
    services: [...services.values()],
    completions,
    withdrawn: new Map(of('withdrawal').map(({ projectNo, gatewayMs }) => [projectNo, gatewayMs])),
    invitations: invitationsOf(of('invitation'), of('cancellation')),
    presses: pressesOf(run, of('exclusion')),
    rules: run.rules,
    matchesUnlinked: run.unlinkedPresses,
    nowMs: { earliest: run.gatewayEndedMs - SWEEP_LIMIT_MS, latest: run.gatewayEndedMs + SWEEP_LIMIT_MS },
  };
}

function invitationsOf(made: Kind<'invitation'>[], cancelled: Kind<'cancellation'>[]): ModelInvitation[] {
  return made.map(({ invitation, services, window }, index) => {
    const isReplaced = made.slice(index + 1).some((next) => next.window === window);
    const isCancelled = cancelled.some((fact) => fact.invitation === invitation);
    return { invitation, services, gone: isReplaced || isCancelled };
  });
}

/** What an evaluator signed of a press. */
interface Signed {
  device: string;
  seq: number;
  invitation: string;
  staff: string;
  wallMs: number;
  arrivedMs: number | undefined;
}

/** Those thanked for, and those that a power cut kept from being thanked for and that are there all the same. */
function pressesOf(run: RunArtefacts, exclusions: Kind<'exclusion'>[]): ModelPress[] {
  const database = databaseOf(run);
  const signed = new Map<string, Signed>();
  for (const device of run.devices)
    for (const record of journalOf(device).records.values())
      if (record.kind === 1) signed.set(`${device.id}/${record.seq}`, fromFlash(device.id, record));
  const arrived = new Set<string>();
  for (const { kind, subject, body, atMs } of database.facts) {
    if (kind !== 'evaluation.pressed') continue;
    const record = body as unknown as Signed & { wall: number };
    const name = `${subject}/${record.seq}`;
    arrived.add(name);
    signed.set(name, { ...record, device: subject, wallMs: record.wall, arrivedMs: atMs });
  }
  // Flash that was erased begins its sequences anew: then only the record that arrived first is more than a quarantine.
  const erased = new Set(run.reflashed?.map(({ device }) => device));
  const thanked = new Map<string, ThankedPress>();
  for (const press of run.thanked) {
    const record = signed.get(nameOfPress(press));
    if (!erased.has(press.device) || record?.invitation === press.invitation)
      thanked.set(nameOfPress(press), press);
  }
  const windows = new Map(run.devices.map(({ id, window }) => [id, window]));
  const excluded = new Set(exclusions.map(nameOfPress));
  const expected = run.settled ? [...thanked].filter(([, { device }]) => !erased.has(device)) : [];
  const names = new Set([...arrived, ...expected.map(([name]) => name)]);
  return [...names].map((name): ModelPress => {
    const seen = thanked.get(name);
    const record = signed.get(name);
    const device = (seen ?? record)!.device;
    const seq = (seen ?? record)!.seq;
    const invitation = (seen ?? record)!.invitation;
    return {
      device,
      seq,
      invitation: invitation === NO_HANDLE ? undefined : invitation,
      window: windows.get(device) ?? '',
      badgeId: record && database.badges.get(record.staff),
      excluded: excluded.has(nameOfPress({ device, seq })),
      ...datingOf({ run, record, truthMs: seen?.pressedMs, ...neighbours(device, seq) }),
    };
  });

  /** When the evaluator is known to have made an earlier and a later press, in true time. */
  function neighbours(device: string, seq: number): { beforeMs: number; afterMs: number } {
    const own = run.thanked.filter((press) => press.device === device);
    const earlier = own.filter((press) => press.seq < seq).map(({ pressedMs }) => pressedMs);
    const later = own.filter((press) => press.seq > seq).map(({ pressedMs }) => pressedMs);
    return {
      beforeMs: Math.max(run.beganMs, ...(erased.has(device) ? [] : earlier)),
      afterMs: Math.min(run.endedMs, ...(erased.has(device) ? [] : later)),
    };
  }
}

const fromFlash = (device: string, record: FlashRecord): Signed => ({
  device,
  seq: record.seq,
  invitation: record.invitation,
  staff: record.staff,
  wallMs: record.wallMs,
  arrivedMs: undefined,
});

interface Dating {
  run: RunArtefacts;
  record: Signed | undefined;
  /** When the world saw it made. */
  truthMs: number | undefined;
  beforeMs: number;
  afterMs: number;
}

/**
 * What the evaluator's clock said, where that agrees with the truth by the clocks the hall had and was not later than
 * the arrival; else anything between the presses before and after it.
 */
function datingOf({ run, record, truthMs, beforeMs, afterMs }: Dating): {
  earliestMs: number;
  latestMs: number;
} {
  const claimedMs = record?.wallMs || undefined;
  const nearMs = truthMs ?? claimedMs ?? run.endedMs;
  const aheads = aheadsNear(run, nearMs);
  const least = nearMs + Math.min(...aheads) - TIME_TOLERANCE_MS;
  const most = nearMs + Math.max(...aheads) + TIME_TOLERANCE_MS;
  const wasDoubted = record?.arrivedMs !== undefined && (claimedMs ?? 0) > record.arrivedMs;
  if (claimedMs !== undefined && claimedMs >= least && claimedMs <= most && !wasDoubted && !jumped(run))
    return { earliestMs: claimedMs, latestMs: claimedMs };
  return {
    earliestMs: Math.min(beforeMs + Math.min(...aheads) - TIME_TOLERANCE_MS, claimedMs ?? beforeMs),
    latestMs: Math.max(afterMs + Math.max(...aheads) + TIME_TOLERANCE_MS, most, claimedMs ?? most),
  };
}

/** Clocks that were wrong by minutes make the gateway doubt what they dated. */
const jumped = (run: RunArtefacts) => run.clockOffsets.some(({ aheadMs }) => Math.abs(aheadMs) > MINUTE_MS);

/** How far ahead the hall's clock was at that time and in the days before it. */
function aheadsNear(run: RunArtefacts, trueMs: number): number[] {
  const aheads = [0];
  for (const [index, { atMs, aheadMs }] of run.clockOffsets.entries()) {
    const untilMs = run.clockOffsets[index + 1]?.atMs ?? run.endedMs;
    if (atMs <= trueMs && untilMs >= trueMs - CLOCK_KEPT_MS) aheads.push(aheadMs);
  }
  return aheads;
}
