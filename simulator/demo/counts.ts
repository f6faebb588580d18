// The account of a run, worked out from artefacts alone: the people's record, the devices' flash, the gateway's
// facts and the province's store. Pure. One press is one (device, sequence); a changed key is not another press.
import type { Choice } from '../people/press-record.ts';

export interface Artefacts {
  choices: Choice[];
  /** Press records in each device's flash. */
  flash: { device: string; presses: { seq: number; level: number }[] }[];
  /** Rows of the gateway, one for each press and service; a press without service has none. */
  gateway: GatewayPress[];
  province: { projectNo: string; assessNumber: string; level: number }[];
}

export interface GatewayPress {
  device: string;
  seq: number;
  level: number;
  services: { projectNo: string; assessNumber: string }[];
}

export interface Account {
  pressed: number;
  thanked: number;
  committed: number;
  forwarded: number;
  /** Thanked for and not wholly in the province's store. */
  lost: number;
  /** Stored twice at the gateway or in the province. */
  duplicated: number;
  /** At the gateway or in the province, though no device has it. */
  invented: number;
  levels: Record<'5' | '4' | '3' | '2' | '1', number>;
  batches: number;
}

const keyOf = (press: { device: string; seq: number }) => `${press.device}/${press.seq}`;
const pairOf = (service: { projectNo: string; assessNumber: string }) =>
  `${service.projectNo}/${service.assessNumber}`;

export function accountOf({ choices, flash, gateway, province }: Artefacts): Account {
  // A journal reuses the pages of acknowledged records: of a long-lived folder only what flash still holds counts.
  const oldest = new Map(flash.map(({ device, presses }) => [device, presses[0]?.seq ?? 1]));
  const counts = (press: { device: string; seq: number }) => press.seq >= (oldest.get(press.device) ?? 1);

  const inFlash = flash.flatMap(({ device, presses }) => presses.map((press) => ({ device, ...press })));
  const flashKeys = new Set(inFlash.map(keyOf));
  const made = choices.filter((choice) => choice.ended === 'turned-away' || counts(choice));
  const shownThanks = made.filter((choice) => choice.ended === 'thanked').map(keyOf);
  const thanked = new Set([...flashKeys, ...shownThanks]);

  const committed = new Map(gateway.filter(counts).map((press) => [keyOf(press), press]));
  const received = new Map(province.map((evaluation) => [pairOf(evaluation), evaluation.level]));
  const isForwarded = (press: GatewayPress | undefined) =>
    press !== undefined &&
    press.services.length > 0 &&
    press.services.every((service) => received.get(pairOf(service)) === press.level);
  const forwarded = [...committed.values()].filter(isForwarded);
  const known = new Set(gateway.flatMap((press) => press.services.map(pairOf)));

  const levels = { '5': 0, '4': 0, '3': 0, '2': 0, '1': 0 };
  for (const { level } of inFlash) levels[String(level) as keyof typeof levels] += 1;
  return {
    pressed: made.length,
    thanked: flashKeys.size,
    committed: committed.size,
    forwarded: forwarded.length,
    lost: [...thanked].filter((key) => !isForwarded(committed.get(key))).length,
    duplicated: repeated(gateway.map(keyOf)) + repeated(province.map(pairOf)),
    invented:
      [...committed.keys()].filter((key) => !flashKeys.has(key)).length +
      [...received.keys()].filter((pair) => !known.has(pair)).length,
    levels,
    batches: forwarded.filter((press) => press.services.length > 1).length,
  };
}

const repeated = (keys: string[]) => keys.length - new Set(keys).size;

/** Nothing lost, doubled or made up, and something was pressed. */
export function accountIsClean(account: Account): boolean {
  const { thanked, committed, forwarded, lost, duplicated, invented } = account;
  return (
    thanked > 0 &&
    thanked === committed &&
    committed === forwarded &&
    lost === 0 &&
    duplicated === 0 &&
    invented === 0
  );
}
