// Invariant 2, as far as it rests on an evaluator's boot number, which orders its connections and dates its presses:
// every start has a number of its own, above all before it. Held against the starts that the world counted.
import type { Checker, Finding } from '../world/artefacts.ts';
import { databaseOf } from './artefacts/read-database.ts';

export const bootsGrow: Checker = {
  name: 'boots-grow',
  check(run) {
    const told = new Map<string, number>();
    for (const { kind, subject, body } of databaseOf(run).facts)
      if (kind === 'evaluation.pressed') told.set(`${subject}/${body.seq}`, body.boot as number);
    const findings: Finding[] = [];
    // Flash that was erased has lost its number too.
    const erased = new Set(run.reflashed?.map(({ device }) => device));
    const before = new Map<string, { start: number; boot: number; seq: number }>();
    for (const { device, seq, boot: start } of run.thanked) {
      const boot = told.get(`${device}/${seq}`);
      if (boot === undefined || erased.has(device)) continue;
      const earlier = before.get(device);
      before.set(device, { start, boot, seq });
      const isRight = !earlier || (start === earlier.start ? boot === earlier.boot : boot > earlier.boot);
      if (!isRight)
        findings.push({
          invariant: 2,
          what: `Press ${device}/${seq} bears boot ${boot} after start ${start}, press ${earlier.seq} ${earlier.boot} after ${earlier.start}`,
        });
    }
    return findings;
  },
};
