// Invariant 7: the chain of facts verifies from the first to the last, and the note of the newest is the last one's.
// Reckoned anew from the master key, without the gateway's code; and the file is whole.
import { createHmac, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Checker, Finding } from '../world/artefacts.ts';
import { databaseOf } from './artefacts/read-database.ts';

export const chainWhole: Checker = {
  name: 'chain-whole',
  check(run) {
    const { integrity, facts, head } = databaseOf(run);
    const findings: Finding[] = [];
    const add = (what: string) => findings.push({ invariant: 7, what });
    if (integrity !== 'ok') add(`The database file is damaged: ${integrity}`);
    const master = Buffer.from(readFileSync(run.masterKeyFile, 'latin1').trim(), 'hex');
    const chainKey = Buffer.from(hkdfSync('sha256', master, 'pingjia/master', 'fact-chain', 32));
    let before: Buffer = Buffer.alloc(32);
    let expected = 1;
    for (const { id, atMs, kind, subject, stored, chain } of facts) {
      if (id !== expected) add(`Fact ${expected} is missing`);
      const made = createHmac('sha256', chainKey)
        .update(before)
        .update(JSON.stringify([id, atMs, kind, subject, ...(typeof stored === 'string' ? [stored] : [])]))
        .update(typeof stored === 'string' ? '' : stored)
        .digest();
      if (id === expected && !made.equals(chain))
        add(`Fact ${id} (${kind}) does not follow from the one before it`);
      before = chain;
      expected = id + 1;
    }
    const last = expected - 1;
    if (!head) add('There is no note of the newest fact');
    else if (head.fact !== last) add(`The newest fact was ${head.fact}, the last there is is ${last}`);
    else {
      const headKey = createHmac('sha256', chainKey).update('head').digest();
      const mac = createHmac('sha256', headKey).update(before).update(` ${last}`).digest();
      if (!mac.equals(head.mac)) add(`The note of the newest fact ${last} is not the gateway's`);
    }
    return findings;
  },
};
