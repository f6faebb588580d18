// Checks everything the database claims: the file, the chain of facts from the first to the last, what was anchored
// elsewhere, every signature of an evaluator, the records, what counts for each service, what was kept beside them and
// the log of what goes upstream. Reads one moment of the
// database, beside a running gateway or without one, and changes nothing.
import { readFileSync } from 'node:fs';
import { type Anchor, parseAnchorLine } from '../anchor/anchor-line.ts';
import type { MasterKeys } from '../fleet/master-key.ts';
import { keysOfDevice } from '../fleet/registry.ts';
import { openForReading } from '../store/open-database.ts';
import { makeFleetQuestions } from '../store/questions/fleet.ts';
import { checkOutbox } from './check-outbox.ts';
import { checkServices } from './check-services.ts';
import { makeFactIndex } from './fact-index.ts';
import { type Finding, type FindingCode, type FindingList, makeFindingList } from './findings.ts';
import { type ReadFacts, readFacts, type SigningDevice } from './read-facts.ts';

export interface VerifyOptions {
  hall: string;
  dataFolder: string;
  masterKeys: MasterKeys;
  /** Lines that were written elsewhere; undefined if there is no such file. */
  anchorFile: string | undefined;
  /** Whether the key of a person who was forgotten is still there. */
  isKept: (person: string) => boolean;
  onProgress: (sentence: string) => void;
}

export interface Verification extends Omit<ReadFacts, 'restores' | 'forgotten'> {
  services: number;
  restores: number;
  findings: Finding[];
  counts: Partial<Record<FindingCode, number>>;
}

/** Of 4 KiB, 64 MiB together: below this a database is looked through in seconds, and nothing is said meanwhile. */
const SILENT_PAGES = 16_384;

export function verify(options: VerifyOptions): Verification {
  const { hall, masterKeys } = options;
  const findings = makeFindingList();
  const anchors = readAnchors(options, findings);
  const database = openForReading(options.dataFolder);
  const index = makeFactIndex(database);
  try {
    database.exec('BEGIN');
    const isSmall = (database.pragma('page_count', { simple: true }) as number) < SILENT_PAGES;
    const onProgress = isSmall ? () => undefined : options.onProgress;
    onProgress('looking through the file');
    const found = database.pragma('quick_check(1)', { simple: true });
    if (found !== 'ok') findings.add('file.damaged', String(found));
    const devices = new Map<string, SigningDevice>();
    const fleet = makeFleetQuestions(database);
    for (const { id, no, handle } of fleet.devices())
      devices.set(id, {
        handle,
        keys: keysOfDevice({ handle, stored: fleet.deviceKeys(no), sealKey: masterKeys.seal }),
      });
    const read = readFacts({
      database,
      chainKey: masterKeys.chain,
      devices,
      anchors,
      index,
      findings,
      onProgress: (facts) => onProgress(`${facts} facts read`),
    });
    for (const person of read.forgotten)
      if (options.isKept(person)) findings.add('person.not-destroyed', `person ${person}`);
    const services = checkServices({
      database,
      index,
      findings,
      onProgress: (count) => onProgress(`${count} services worked out anew`),
    });
    onProgress('holding the rows for upstream to the facts');
    checkOutbox({ database, index, findings });
    const { restores, forgotten: _, ...rest } = read;
    return {
      ...rest,
      services,
      restores: restores.length,
      findings: findings.kept(),
      counts: findings.counts(),
    };
  } finally {
    index.close();
    database.close();
  }

  function readAnchors({ anchorFile }: VerifyOptions, list: FindingList): Anchor[] {
    if (anchorFile === undefined) return [];
    const lines = readFileSync(anchorFile, 'utf8').split('\n');
    return lines.flatMap((line, number) => {
      if (line.trim() === '') return [];
      const anchor = parseAnchorLine(masterKeys.anchor, hall, line);
      if (!anchor) list.add('anchor.changed', `line ${number + 1} of ${anchorFile}`);
      return anchor ?? [];
    });
  }
}
