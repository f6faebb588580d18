// What `verify` can find, each with a stable code and a sentence; and a list of findings that stays bounded however
// much is wrong.

export const FINDINGS = {
  'file.damaged': 'The database file is damaged.',
  'chain.changed': 'A fact was changed, or inserted, without the key of the chain.',
  'chain.missing': 'Facts were removed from the middle of the chain.',
  'chain.shortened': 'Facts were removed from the end of the chain.',
  'chain.head': 'The note of the newest fact is missing or was changed without the key.',
  'signature.wrong': 'A record does not carry the signature of its evaluator.',
  'signature.unknown-key': 'The key of the evaluator that signed a record is not there.',
  'record.differs': 'The table of records says otherwise than the fact.',
  'record.missing': 'A fact has no record in the table.',
  'record.invented': 'The table holds a record of which there is no fact.',
  'case.differs': 'What is stored of a case does not follow from the facts.',
  'evaluation.differs': 'What counts for a service does not follow from the facts.',
  'quarantine.differs': 'The quarantine is not what the facts say was put there.',
  'gap.differs': 'The gaps in journals are not those that the facts tell.',
  'desk.differs': 'Who sits at a window is not who the facts say.',
  'outbox.differs': 'A row for upstream is missing, or says what nothing bears out.',
  'delivery.differs': 'A row counts as delivered upstream, and no fact says that it was.',
  'anchor.changed': 'A line of the anchor file was changed or inserted without the key.',
  'anchor.broken': 'The facts differ from those that were anchored.',
  'anchor.ahead': 'Facts that were anchored are not there any more.',
  'person.not-destroyed': 'A person was forgotten, but their key is still there.',
} as const;
export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  code: FindingCode;
  /** Which fact, record, case or line, and what differs. */
  where: string;
}

/** Findings of one code that are kept; of the rest only the number is. */
export const KEPT_LIMIT_FINDINGS = 20;

export interface FindingList {
  add(code: FindingCode, where: string): void;
  kept(): Finding[];
  counts(): Partial<Record<FindingCode, number>>;
}

export function makeFindingList(): FindingList {
  const kept: Finding[] = [];
  const counts: Partial<Record<FindingCode, number>> = {};
  return {
    add(code, where) {
      const count = (counts[code] ?? 0) + 1;
      counts[code] = count;
      if (count <= KEPT_LIMIT_FINDINGS) kept.push({ code, where });
    },
    kept: () => kept,
    counts: () => counts,
  };
}
