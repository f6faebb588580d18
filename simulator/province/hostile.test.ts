// A province at its worst. In virtual time, by seeds: PROOF_HOSTILE_SEED=<seed> repeats one, PROOF_HOSTILE_RUNS runs
// more of them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { DATABASE_FILE } from '../../gateway/store/open-database.ts';
import { loadProfile } from '../../gateway/upstream/load-profile.ts';
import { seededRandom } from '../people/random.ts';
import { doubledCall } from './behaviours/doubled-call.ts';
import { errorBody } from './behaviours/error-body.ts';
import { halfAnswer } from './behaviours/half-answer.ts';
import { outage } from './behaviours/outage.ts';
import { refusing } from './behaviours/refusing.ts';
import { serverError } from './behaviours/server-error.ts';
import { silence } from './behaviours/silence.ts';
import { DAY_MS, makeHostileWorld } from './hostile-world.ts';
import { readProvinceStore } from './read-store.ts';

const HOUR_MS = 3_600_000;
const CASES = 60;
const RUNS = Number(process.env.PROOF_HOSTILE_RUNS ?? 2);
const FIRST_SEED = Number(process.env.PROOF_HOSTILE_SEED ?? 1);
const seeds = Array.from(
  { length: process.env.PROOF_HOSTILE_SEED ? 1 : RUNS },
  (_, index) => FIRST_SEED + index,
);

interface ServiceRow {
  projectNo: string;
  level: number | null;
  origin: 'press' | 'default' | null;
  outbox: number | null;
}
interface DeliveryRow {
  outbox: number;
  kind: string;
  projectNo: string;
  state: string;
  code: string | null;
  reason: string | null;
  there: number | null;
}

/** One in ten, by the number of the case, so that the test knows which. */
const isRefused = (projectNo: string) => Number(projectNo.slice(5)) % 10 === 3;

async function play(seed: number) {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  const next = seededRandom(seed, 'hostile province');
  const loaded = loadProfile(seed % 2 === 0 ? 'keyed-sm3' : 'national', { folder, at: 'profile' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const ownRule = refusing({
    refuses: ({ path, projectNo }) => path === '/service' && isRefused(projectNo),
    code: '2001',
    message: '事项未在省平台登记',
  });
  const share = { share: 0.15, random: next };
  const world = makeHostileWorld({
    folder,
    cases: CASES,
    profile: loaded.profile,
    random: next,
    healed: [ownRule],
    behaviours: (startMs) => [
      silence(share),
      serverError(share),
      errorBody(share),
      halfAnswer(share),
      outage({ fromMs: startMs + 2 * HOUR_MS, untilMs: startMs + 2 * HOUR_MS + DAY_MS }),
      doubledCall(share),
      ownRule,
    ],
  });
  try {
    await world.run();
    world.close();
    const database = new Database(join(folder, DATABASE_FILE), { readonly: true });
    const services = database
      .prepare(
        `SELECT s.project_no AS projectNo, s.evaluation_outbox AS outbox,
           CASE WHEN s.effective_press IS NOT NULL THEN 'press' WHEN s.effective_default = 1 THEN 'default' END AS origin,
           coalesce(p.level, iif(s.effective_default = 1, 3, NULL)) AS level
         FROM service s LEFT JOIN press p ON p.id = s.effective_press`,
      )
      .all() as ServiceRow[];
    const deliveries = database
      .prepare(
        `SELECT d.outbox, o.kind, o.project_no AS projectNo, d.state, d.code, d.reason, d.there FROM delivery d
         JOIN outbox o ON o.id = d.outbox JOIN connector c ON c.no = d.connector_no WHERE c.id = 'province'`,
      )
      .all() as DeliveryRow[];
    const keys = (database.prepare('SELECT idempotency_key FROM outbox').pluck().all() as string[]).length;
    database.close();
    const { events, backlogInOutage } = world;
    return {
      services,
      deliveries,
      keys,
      events,
      backlogInOutage,
      isUpdating: loaded.profile.corrections.by === 'update',
      province: readProvinceStore(join(folder, 'province.sqlite')),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a province with timeouts, 500s, errors in a 200, half answers, doubled calls, a day out of service and rules of its own', () => {
  it.each(seeds)(
    'has at the end exactly what counts, and every refusal is listed with its reason (seed %i)',
    async (seed) => {
      const { services, deliveries, events, keys, backlogInOutage, isUpdating, province } = await play(seed);
      const stored = new Map(province.evaluations.map((one) => [one.projectNo, one]));
      expect(services).toHaveLength(CASES);
      expect(province.evaluations.length).toBe(stored.size);
      let equal = 0;
      for (const { projectNo, level, origin, outbox } of services) {
        const own = deliveries.filter((row) => row.projectNo === projectNo);
        if (isRefused(projectNo)) {
          expect(stored.has(projectNo)).toBe(false);
          expect(own.find(({ kind }) => kind === 'service')).toMatchObject({
            state: 'refused',
            code: '2001',
            reason: '事项未在省平台登记',
          });
          const newest = own.find((row) => row.outbox === outbox);
          if (level !== null) expect(newest).toMatchObject({ state: 'refused', code: '1001' });
          continue;
        }
        const newest = own.find((row) => row.outbox === outbox);
        expect(own.filter(({ state }) => state === 'refused')).toEqual([]);
        if (newest?.state === 'listed') {
          // What upstream cannot be told is left to a person, who is told what it has.
          expect(!isUpdating || level === null).toBe(true);
          expect(newest.reason).toMatch(/^upstream has (evaluation|default) \d, now .* counts$/);
          expect(newest.there).not.toBeNull();
          continue;
        }
        expect([undefined, 'omitted']).toContain(newest?.state);
        const there = stored.get(projectNo);
        expect(there?.level ?? null, projectNo).toBe(level);
        if (there) expect(there.channel).toBe(origin === 'press' ? '4' : '7');
        equal += 1;
      }
      expect(equal).toBeGreaterThan(CASES / 2);

      // The other way upstream was never held up, and has each change once, the last one being what counts.
      expect(backlogInOutage.events).toBe(0);
      expect(backlogInOutage.province).toBeGreaterThan(10);
      expect(new Set(events.map(({ key }) => key)).size).toBe(events.length);
      expect(events.length).toBeLessThanOrEqual(keys);
      for (const { projectNo, level } of services) {
        const changes = events.filter((event) => event.projectNo === projectNo && event.kind !== 'service');
        const last = changes.sort((one, other) => one.revision - other.revision).at(-1);
        expect(last?.level ?? null).toBe(level);
      }
    },
    60_000,
  );
});
