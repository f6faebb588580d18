// The same province over real HTTP: sockets that break, bodies that end in the middle, answers that never come.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeMemoryOutbox } from '../../gateway/testing/memory-outbox.ts';
import { loadProfile } from '../../gateway/upstream/load-profile.ts';
import { makeNationalHttp } from '../../gateway/upstream/national-http.ts';
import { makeSender, type Sender } from '../../gateway/upstream/sender.ts';
import { createRealClock } from '../engines/real-clock.ts';
import { seededRandom } from '../people/random.ts';
import { doubledCall } from './behaviours/doubled-call.ts';
import { errorBody } from './behaviours/error-body.ts';
import { halfAnswer } from './behaviours/half-answer.ts';
import { serverError } from './behaviours/server-error.ts';
import { silence } from './behaviours/silence.ts';
import { slow } from './behaviours/slow.ts';
import { readProvinceStore } from './read-store.ts';
import { type Province, startProvince } from './server.ts';

const WAIT = { timeout: 30_000, interval: 20 };
const CASES = 30;
const credentials = { appMark: 'hall', appWord: '口令' };

let folder: string;
let province: Province;
let sender: Sender | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-http-'));
  const file = join(folder, 'province.sqlite');
  province = await startProvince({ file, port: 0, credentials, clock: createRealClock() });
});
afterEach(async () => {
  await sender?.stop();
  await province.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a hostile province over real HTTP', () => {
  it('has every evaluation once at the end, in spite of cuts in the middle', async () => {
    const random = seededRandom(7, 'hostile http');
    const share = { share: 0.1, random };
    province.behave([
      silence(share),
      serverError(share),
      errorBody(share),
      halfAnswer(share),
      doubledCall(share),
      slow({ delayMs: 5 }),
    ]);
    const loaded = loadProfile('national', { folder, at: 'profile' });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const clock = createRealClock();
    const store = makeMemoryOutbox();
    const nothing = () => undefined;
    const { profile } = loaded;
    const { url } = province;
    const nowMs = clock.wallMs;
    sender = makeSender({
      id: 'province',
      outbox: store.outbox,
      connector: makeNationalHttp({ ...credentials, profile, url, signKey: undefined, nowMs }),
      clock: { ...clock, nowMs },
      log: { info: nothing, warn: nothing, error: nothing },
      concurrency: 8,
      timeoutMs: 400,
      baseMs: 10,
      limitMs: 80,
      random,
    });
    sender.start();
    for (let index = 0; index < CASES; index += 1) store.add(`case-${index}`, { level: 1 + (index % 5) });
    const delivered = () => store.states().filter((state) => state === 'delivered').length;
    await expect.poll(delivered, WAIT).toBeGreaterThan(CASES / 2);
    await province.cut();
    await expect.poll(() => sender!.breakerState(), WAIT).toBe('open');
    await province.restore();
    await expect.poll(() => new Set(store.states()), WAIT).toEqual(new Set(['delivered']));
    const { evaluations } = readProvinceStore(join(folder, 'province.sqlite'));
    expect(evaluations.map(({ projectNo, level }) => `${projectNo} ${level}`).sort()).toEqual(
      Array.from({ length: CASES }, (_, index) => `case-${index} ${1 + (index % 5)}`).sort(),
    );
  }, 90_000);
});
