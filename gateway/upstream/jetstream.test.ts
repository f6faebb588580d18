// Against a real nats-server, killed and started again in the middle.
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../real-clock.ts';
import { type MemoryOutbox, makeMemoryOutbox } from '../testing/memory-outbox.ts';
import { isNatsSkipped, type NatsServer, startNatsServer } from '../testing/nats-server.ts';
import type { UpstreamConnector } from './connector.ts';
import { makeJetstream } from './jetstream.ts';
import { makeSender, type Sender } from './sender.ts';

const WAIT = { timeout: 30_000, interval: 20 };
const STREAM = 'PINGJIA';

let server: NatsServer;
let store: MemoryOutbox;
let sender: Sender | undefined;

const options = () => ({
  hall: 'hall',
  servers: [server.url],
  stream: STREAM,
  subject: 'pingjia.hall',
  credentialsFile: undefined,
  user: undefined,
  password: undefined,
  caFile: undefined,
  timeoutMs: 2000,
});
async function withNats<T>(run: (nats: Awaited<ReturnType<typeof connect>>) => Promise<T>): Promise<T> {
  const nats = await connect({ servers: server.url });
  try {
    return await run(nats);
  } finally {
    await nats.close();
  }
}
const addStream = (name: string, subject: string) =>
  withNats(async (nats) => {
    await (await jetstreamManager(nats)).streams.add({ name, subjects: [subject] });
  });
/** Events in the stream, in its order. */
const stored = () =>
  withNats(async (nats) => {
    const { state } = await (await jetstreamManager(nats)).streams.info(STREAM);
    const stream = await jetstream(nats).streams.get(STREAM);
    const events: { key: string; kind: string; projectNo: string }[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq += 1)
      events.push((await stream.getMessage({ seq }))!.json());
    return events;
  });

function start(connector: UpstreamConnector) {
  const nothing = () => undefined;
  sender = makeSender({
    id: 'bus',
    outbox: store.outbox,
    connector,
    clock: realClock,
    log: { info: nothing, warn: nothing, error: nothing },
    concurrency: 8,
    timeoutMs: 3000,
    baseMs: 20,
    limitMs: 200,
    random: () => 0.5,
  });
  sender.start();
}

describe.skipIf(isNatsSkipped)(
  `a stream of NATS JetStream${isNatsSkipped ? ' (skipped: needs nats-server)' : ''}`,
  () => {
    beforeEach(async () => {
      server = await startNatsServer();
      store = makeMemoryOutbox();
    });
    afterEach(async () => {
      await sender?.stop();
      sender = undefined;
      await server.end();
    });

    it('has every record once and in the order of its case, although the server was killed in the middle', async () => {
      await addStream(STREAM, 'pingjia.>');
      start(makeJetstream(options()));
      for (let index = 0; index < 150; index++) store.add(`case-${index}`);
      await expect
        .poll(() => store.states().filter((state) => state === 'delivered').length, WAIT)
        .toBeGreaterThan(60);
      await server.kill();
      for (let index = 150; index < 200; index++) store.add(`case-${index}`);
      await expect.poll(() => sender!.breakerState(), WAIT).toBe('open');
      await server.start();
      await expect.poll(() => new Set(store.states()), WAIT).toEqual(new Set(['delivered']));
      const events = await stored();
      const keys = events.map(({ key }) => key);
      expect(keys).toHaveLength(400);
      expect(new Set(keys).size).toBe(400);
      for (let index = 0; index < 200; index++) {
        const own = events.filter(({ projectNo }) => projectNo === `case-${index}`);
        expect(own.map(({ kind }) => kind)).toEqual(['service', 'evaluation']);
      }
    }, 90_000);

    it('counts nothing as delivered without the stream, or with another one behind the subject', async () => {
      const connector = makeJetstream(options());
      const send = (key: string) => {
        store.add(key);
        const row = store.outbox.beyond(10).at(-1)!;
        const step = store.outbox.nextStep(row.id, connector.rules);
        if (step?.do !== 'send') throw new Error('nothing to send');
        return connector.send(step.item, { idempotencyKey: key, signal: AbortSignal.timeout(5000) });
      };
      try {
        expect(await send('a')).toMatchObject({ outcome: 'failed' });
        await addStream('OTHER', 'pingjia.hall');
        expect(await send('b')).toMatchObject({ outcome: 'failed' });
        await withNats(async (nats) => void (await (await jetstreamManager(nats)).streams.delete('OTHER')));
        await addStream(STREAM, 'pingjia.hall');
        expect(await send('b')).toEqual({ outcome: 'delivered' });
        expect(await send('b')).toEqual({ outcome: 'delivered' });
        expect((await stored()).map(({ key }) => key)).toEqual(['b']);
      } finally {
        await connector.close!();
      }
    }, 60_000);
  },
);
