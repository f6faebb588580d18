// Brings ordered updates to the devices, one device at a time: a version that fails somewhere stops at the first.
// Orders and outcomes are in the database, so that it goes on after a restart of the gateway.
import { UPDATE_CHUNK_BYTES } from '../../protocol/constants.ts';
import { offerMac } from '../../protocol/keys.ts';
import type { Registry } from '../fleet/registry.ts';
import type { Cancel, Clock, Log, Sessions, Writer } from '../ports.ts';
import type { PendingUpdate, Reader } from '../store/reader.ts';
import {
  beginUpdate,
  type DeviceUpdate,
  nextUpdate,
  type UpdateAction,
  type UpdateEvent,
} from './device-update.ts';
import type { Release } from './release.ts';

const LOOK_EVERY_MS = 1000;
/** Between the answer to a chunk and the next one: cards and acknowledgements go first. */
const PACE_MS = 20;
/** Progress reaches the database not more often than this. */
const NOTE_EVERY_MS = 5000;

export interface UpdateParts {
  sessions: Sessions;
  registry: Pick<Registry, 'find'>;
  reader: Pick<Reader, 'pendingUpdates'>;
  writer: Writer;
  releaseOf(version: string): Release | undefined;
  clock: Clock;
  log: Log;
}

interface Active {
  order: PendingUpdate;
  state: DeviceUpdate;
  notedMs: number;
}

/** Returns what ends it. */
export function runUpdates(parts: UpdateParts): () => void {
  const { sessions, reader, writer, clock, log } = parts;
  const pacing = new Set<Cancel>();
  let active: Active | undefined;
  let stopped = false;

  function handle(device: string, event: UpdateEvent): void {
    if (active?.order.device !== device) return;
    const { state, action } = nextUpdate(active.state, event, active.order.version);
    const before = active.state;
    active.state = state;
    if (state.kind === 'ended') {
      note(active.order, { state: state.outcome, code: state.code, offset: 0 });
      active = undefined;
      return;
    }
    if (state.kind !== before.kind) note(active.order, { state: state.kind, code: undefined, offset: 0 });
    else if (state.kind === 'sending' && event.nowMs - active.notedMs >= NOTE_EVERY_MS) {
      active.notedMs = event.nowMs;
      note(active.order, { state: 'sending', code: undefined, offset: state.offset });
    }
    perform(active.order, action);
  }

  function perform(order: PendingUpdate, action: UpdateAction): void {
    switch (action.do) {
      case 'offer':
        offer(order);
        break;
      case 'chunk':
        later(() => sendChunk(order, action.offset));
        break;
      case 'compact':
        sessions.send(order.device, 'control', { do: 'compact' });
        break;
      case 'wait':
        break;
    }
  }

  function imageFor(order: PendingUpdate) {
    const board = connected(order.device)?.hello?.board;
    return parts.releaseOf(order.version)?.images.find((image) => image.board === board);
  }

  function offer(order: PendingUpdate): void {
    const hello = connected(order.device)?.hello;
    if (!hello) return;
    const image = imageFor(order);
    const known = parts.registry.find(order.device);
    const keys = known?.keys.get(hello.gen);
    if (!image || !known || !keys) {
      note(order, { state: 'refused', code: image ? 'connect.revoked' : 'release.image', offset: 0 });
      active = undefined;
      return;
    }
    const { version, forced } = order;
    const offered = {
      version,
      board: image.board,
      bytes: image.data.length,
      sha256: image.manifestSha256,
      forced,
    };
    sessions.send(order.device, 'update', {
      do: 'offer',
      ...offered,
      mac: offerMac(keys, known.handle, offered),
    });
  }

  function sendChunk(order: PendingUpdate, offset: number): void {
    const data = imageFor(order)?.data.subarray(offset, offset + UPDATE_CHUNK_BYTES);
    if (!data || data.length === 0 || active?.order !== order) return;
    sessions.send(order.device, 'update', { do: 'chunk', offset, data: data.toString('base64') });
  }

  function later(run: () => void): void {
    const cancel = clock.after(PACE_MS, () => {
      pacing.delete(cancel);
      if (!stopped) run();
    });
    pacing.add(cancel);
  }

  function note(
    { device, version }: PendingUpdate,
    update: {
      state: PendingUpdate['state'] | 'confirmed' | 'refused' | 'returned';
      code: string | undefined;
      offset: number;
    },
  ): void {
    log.info({ device, version, ...update }, 'An update went on.');
    writer
      .submit('note-update', { device, version, ...update, atMs: clock.nowMs() })
      .catch((error: unknown) =>
        log.error({ err: error, device }, 'The progress of an update was not stored.'),
      );
  }

  const connected = (device: string) => sessions.find(device);

  /** The one under way, while its device is there or restarts; else the first ordered one whose device is there. */
  function choose(): void {
    const orders = reader.pendingUpdates();
    if (active && mayGoOn(active, orders)) return;
    active = undefined;
    const there = orders.filter(({ device }) => connected(device)?.hello);
    const order = there.find(({ state }) => state === 'installing') ?? there[0];
    if (!order) return;
    const nowMs = clock.nowMs();
    const installing = order.state === 'installing';
    if (!installing) note(order, { state: 'sending', code: undefined, offset: 0 });
    active = {
      order,
      state: installing ? { kind: 'installing', sinceMs: nowMs } : beginUpdate(nowMs),
      notedMs: nowMs,
    };
    const hello = connected(order.device)!.hello!;
    handle(order.device, { type: 'hello', hello, nowMs });
  }

  /** Not when it was ordered otherwise since. */
  function mayGoOn({ order, state }: Active, orders: readonly PendingUpdate[]): boolean {
    const same = orders.some(
      ({ device, version, forced }) =>
        device === order.device && version === order.version && forced === order.forced,
    );
    return same && (state.kind === 'installing' || connected(order.device) !== undefined);
  }

  let cancel = clock.after(LOOK_EVERY_MS, look);
  function look(): void {
    try {
      choose();
      if (active) handle(active.order.device, { type: 'tick', nowMs: clock.nowMs() });
    } catch (error) {
      log.error({ err: error }, 'Updates were not looked at; they are looked at again.');
    } finally {
      if (!stopped) cancel = clock.after(LOOK_EVERY_MS, look);
    }
  }

  sessions.onHello(({ device }, hello) => handle(device, { type: 'hello', hello, nowMs: clock.nowMs() }));
  sessions.onProgress(({ device }, progress) =>
    handle(device, { type: 'progress', progress, nowMs: clock.nowMs() }),
  );
  return () => {
    stopped = true;
    cancel();
    for (const end of pacing) end();
  };
}
