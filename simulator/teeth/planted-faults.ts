// Faults that a careful team could still make, one at a time, as changes of exact texts of the product. A text that is
// not found exactly once is an error, so that this table cannot rot.

export interface Edit {
  file: string;
  find: string;
  replace: string;
}

export interface PlantedFault {
  name: string;
  edits: readonly Edit[];
  /** A seed that found it when it was looked for last; tried first where time is short. */
  likely?: number;
}

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: 'acknowledge before commit',
    likely: 3,
    edits: [
      {
        file: 'gateway/intake/intake.ts',
        find: 'const turn = turns.next();',
        replace: 'acknowledge(session, one.seq);\n      const turn = turns.next();',
      },
    ],
  },
  {
    name: 'commit without sync',
    edits: [
      {
        file: 'gateway/store/open-database.ts',
        find: "database.pragma('journal_mode = WAL');\n    database.pragma('synchronous = FULL');",
        replace: "database.pragma('journal_mode = WAL');\n    database.pragma('synchronous = OFF');",
      },
    ],
  },
  {
    name: 'thank before flash',
    edits: [
      {
        file: 'device/core/run-evaluator.ts',
        find: '    let result: AppendResult;\n    try {',
        replace:
          "    let result: AppendResult;\n    if (!effect.reasons) ports.tell('thanked', String(ports.journalState().next));\n    try {",
      },
    ],
  },
  {
    name: 'no duplicate check after restart',
    edits: [
      {
        file: 'gateway/store/commands/received.ts',
        find: 'const state = { upTo: row?.up_to ?? 0, beyond: row ? (JSON.parse(row.beyond) as Range[]) : [] };',
        replace: 'const state = { upTo: 0, beyond: [] };',
      },
    ],
  },
  {
    name: 'sequence restarts after erase',
    edits: [
      {
        file: 'device/flash/journal.ts',
        find: 'if (!pages.open(page, { base: place.next, acked: place.acked })) continue;',
        replace:
          'if (place.acked + 1 === place.next) { place.next = 1; place.acked = 0; }\n      if (!pages.open(page, { base: place.next, acked: place.acked })) continue;',
      },
    ],
  },
  {
    name: 'erase of a page with one unacknowledged record',
    likely: 14,
    edits: [
      {
        file: 'device/flash/journal.ts',
        find: 'held = pages.pageUpTo(place.acked + 1);\n      if (held < 0)',
        replace: 'held = pages.pageUpTo(place.acked + 2);\n      if (held < 0)',
      },
    ],
  },
  {
    name: 'CRC not checked',
    edits: [
      {
        file: 'device/flash/journal-layout.ts',
        find: '  if (getUint(bytes, SLOT_CRC_OFFSET, 4) !== crc32(bytes.subarray(BODY_OFFSET, SLOT_CRC_OFFSET))) return 0;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'connect counter not persisted',
    edits: [
      {
        file: 'device/flash/identity.ts',
        find: 'return save(COUNTER_BOOT, boot) ? boot : 0;',
        replace: 'return boot;',
      },
    ],
  },
  {
    name: 'default one day early',
    edits: [
      {
        file: 'gateway/core/term.ts',
        find: 'if (left <= 0 && working) return startOfDayMs(day + 1);',
        replace: 'if (left <= 0 && working) return startOfDayMs(day);',
      },
    ],
  },
  {
    name: 'default over a valid late-delivered press',
    likely: 6,
    edits: [
      {
        file: 'gateway/core/effective.ts',
        find: "counts: counting ? { origin: 'press', id: counting.id }",
        replace:
          "counts: service.defaulted ? { origin: 'default' } : counting ? { origin: 'press', id: counting.id }",
      },
    ],
  },
  {
    name: 'make-up weekend forgotten',
    edits: [
      {
        file: 'gateway/core/calendar.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a text of the product, as it stands there.
        find: "    for (const date of worked.split(' ')) departing.set(`${year}-${date}`, true);\n",
        replace: '',
      },
    ],
  },
  {
    name: 'batch applied to the first case only',
    edits: [
      {
        file: 'gateway/store/commands/effective-services.ts',
        find: 'for (const key of ofInvitation.all(invitation) as ServiceKey[]) self.settle(key, atMs);',
        replace:
          'for (const key of (ofInvitation.all(invitation) as ServiceKey[]).slice(0, 1)) self.settle(key, atMs);',
      },
    ],
  },
  {
    name: 'outbox outside the transaction',
    edits: [
      {
        file: 'gateway/store/store.ts',
        find: '    begin(current.begin);\n',
        replace:
          "    begin(current.begin);\n    const newest = database.prepare('SELECT coalesce(max(id), 0) FROM outbox_row').pluck().get();\n",
      },
      {
        file: 'gateway/store/store.ts',
        find: '    current.commit.run();\n',
        replace: `    const rows = database.prepare('SELECT * FROM outbox_row WHERE id > ?').all(newest) as object[];
    database.prepare('DELETE FROM outbox_row WHERE id > ?').run(newest);
    current.commit.run();
    for (const row of rows)
      database
        .prepare('INSERT INTO outbox_row (' + Object.keys(row) + ') VALUES (' + Object.keys(row).map(() => '?') + ')')
        .run(...Object.values(row));
`,
      },
    ],
  },
  {
    name: 'retry without key',
    likely: 3,
    edits: [
      {
        file: 'gateway/upstream/stored-outbox.ts',
        find: '(question.unanswered || question.change.mayBeThere)',
        replace: 'question.change.mayBeThere',
      },
    ],
  },
  {
    name: 'order per case lost',
    likely: 2,
    edits: [
      {
        file: 'gateway/upstream/case-queues.ts',
        find: 'queue.splice(place === -1 ? queue.length : place, 0, row);',
        replace: 'queue.splice(place === -1 ? from : place, 0, row);',
      },
    ],
  },
  {
    name: 'correction not sent',
    edits: [
      {
        file: 'gateway/core/delivery.ts',
        find: '  const mode = isNothing(change.counts) ? rules.withdrawals : rules.corrections;\n',
        replace:
          "  if (!unanswered) return { do: 'omit', why: 'same' };\n  const mode = isNothing(change.counts) ? rules.withdrawals : rules.corrections;\n",
      },
    ],
  },
  {
    name: 'unmatched press guessed',
    likely: 2,
    edits: [
      {
        file: 'gateway/core/matching.ts',
        find: 'if (!service || another) return undefined;',
        replace: 'if (!service) return undefined;',
      },
      {
        file: 'gateway/core/matching.ts',
        find: 'if (rival.id !== press.id && isCandidate(rival, service)) return undefined;',
        replace: 'if (rival.id < press.id && isCandidate(rival, service)) return undefined;',
      },
    ],
  },
  {
    name: 'clock jump believed',
    likely: 3,
    edits: [
      {
        file: 'gateway/core/clock-doubt.ts',
        find: "if (Math.abs(departureMs) > CLOCK_JUMP_LIMIT_MS) return 'jumped';",
        replace: 'if (departureMs < -CLOCK_JUMP_LIMIT_MS) return undefined;',
      },
    ],
  },
  {
    name: 'backlog dropped on reconnect',
    edits: [
      {
        file: 'device/link/sender.ts',
        find: 'cursor = Math.max(state.acked + 1, state.oldest);',
        replace: 'cursor = state.next;',
      },
    ],
  },
  {
    name: 'record freed by PUBACK instead of ack',
    edits: [
      {
        file: 'device/link/link.ts',
        find: 'onRoom: sender.wake,',
        replace: 'onRoom() {\n        sender.acknowledged(0xffffffff);\n        sender.wake();\n      },',
      },
    ],
  },
  {
    name: 'signature not covering the level',
    edits: [
      {
        file: 'device/crypto/device-crypto.ts',
        find: '    record,\n  );\n  return bytes;',
        replace: '    record,\n  );\n  bytes[56] = 0;\n  return bytes;',
      },
      {
        file: 'protocol/keys.ts',
        find: 'hmacSha256Hex(keys.sign, evaluationLayout(deviceHandle, record))',
        replace: 'hmacSha256Hex(keys.sign, evaluationLayout(deviceHandle, { ...record, level: 0 }))',
      },
      {
        file: 'protocol/keys.ts',
        find: 'return hmacSha256Is(signature, keys.sign, layout);',
        replace:
          'const covered = Buffer.from(layout);\n  covered[56] = 0;\n  return sameBytes(hmacSha256(keys.sign, covered), signature);',
      },
    ],
  },
  {
    name: 'downward MAC not checked',
    likely: 6,
    edits: [
      {
        file: 'device/crypto/device-crypto.ts',
        find: 'return mac(kind, body) === payload.slice(0, 2 * MAC_BYTES) ? body : undefined;',
        replace: 'return body;',
      },
    ],
  },
  {
    name: 'different record at a known sequence acknowledged',
    likely: 3,
    edits: [
      {
        file: 'gateway/store/commands/records.ts',
        find: 'if (stored?.signature.equals(signatureOf(body))) return',
        replace: 'if (stored) return',
      },
    ],
  },
  {
    name: 'default in place of an excluded evaluation',
    edits: [
      {
        file: 'gateway/core/effective.ts',
        find: 'madeInTime ||= isInTime;',
        replace: 'madeInTime ||= !evaluation.excluded && isInTime;',
      },
    ],
  },
];
