import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UPDATE_CODES, UPDATE_STATES } from '../../protocol/updates.ts';
import {
  boot,
  confirmRunning,
  createUpdateWorld,
  type Disturbance,
  installFirst,
  updateReports,
} from './update-world.ts';

function start(version = '1.0.0') {
  const world = createUpdateWorld();
  installFirst(world, version);
  const running = () => {
    const booted = boot(world);
    if (booted.kind !== 'runs') throw new Error(booted.kind);
    return booted;
  };
  const update = (to: string, disturbance: Disturbance = {}) =>
    updateReports(world, running(), { version: to, ...disturbance });
  return { world, running, update };
}

describe('an update', () => {
  it('is refused with a code that says why, and what runs stays', () => {
    const { update, running } = start('2.0.0');
    const refused: [string, string, Disturbance][] = [
      ['update.not-newer', '2.0.0', {}],
      ['update.not-newer', '1.9.9', {}],
      ['update.mac', '3.0.0', { offer: { mac: 'ab'.repeat(32) } }],
      ['update.board', '3.0.0', { offer: { board: 'another' } }],
      ['update.room', '3.0.0', { offer: { bytes: 100_000 } }],
      ['update.manifest', '3.0.0', { offer: { sha256: '00'.repeat(32) } }],
      ['update.manifest', '3.0.0', { chunk: () => ({ data: Buffer.from('{}\n').toString('base64') }) }],
      ['update.hash', '3.0.0', { chunk: ({ offset, data }) => (offset > 2000 ? { data: flip(data) } : {}) }],
    ];
    for (const [code, version, disturbance] of refused) {
      expect(update(version, disturbance).at(-1)).toMatchObject({ state: 'refused', code });
      expect(running()).toEqual({ kind: 'runs', slot: 'a', version: '2.0.0' });
    }
    expect(update('3.0.0').at(-1)).toMatchObject({ state: 'waiting' });
    expect(running().version).toBe('3.0.0');
    expect(update('4.0.0').at(-1)).toMatchObject({ state: 'refused', code: 'update.busy' });
  });

  it('to an older version is taken when it is forced, and only by the MAC of a forced offer', () => {
    const { update, running } = start('2.0.0');
    expect(update('1.0.0', { offer: { forced: true } }).at(-1)).toMatchObject({ state: 'waiting' });
    expect(running().version).toBe('1.0.0');
  });

  it('goes on where it ended after a restart, also when the image ends in what blank flash holds', () => {
    const { world, update, running } = start();
    for (let restarts = 0; restarts < 10; restarts++) {
      const [first, ...rest] = update('2.0.0', { limitChunks: 2 });
      if (first!.state === 'waiting') break;
      expect(first!.state).toBe('ready');
      if (restarts > 0) expect(first!.offset).toBeGreaterThan(0);
      if (rest.at(-1)?.state === 'waiting') break;
    }
    expect(running().version).toBe('2.0.0');
    confirmRunning(world, running());
  });

  it('asks again for what came twice or out of order, and takes no malformed chunk', () => {
    const { update, running } = start();
    let disturbed = 0;
    const reports = update('2.0.0', {
      chunk: ({ offset }) => (disturbed++ === 1 ? { offset: offset + 1024 } : {}),
    });
    expect(reports.map(({ offset }) => offset)).toEqual([
      0,
      1024,
      1024,
      2048,
      3072,
      4096,
      reports.at(-1)!.offset,
    ]);
    expect(running().version).toBe('2.0.0');
  });

  it('can say each state and code of the contract’s table, and no other', () => {
    const folder = new URL('../../device/', import.meta.url);
    const sources = ['update', 'parts']
      .flatMap((name) => readdirSync(new URL(`${name}/`, folder)).map((file) => `${name}/${file}`))
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => readFileSync(new URL(file, folder), 'utf8'))
      .join('\n');
    const said = new Set(sources.match(/(?<=')(update|compact)\.[a-z-]+(?=')/g));
    expect([...said].sort()).toEqual(UPDATE_CODES.map(({ code }) => code).sort());
    for (const { state } of UPDATE_STATES) expect(sources).toContain(`'${state}'`);
  });
});

const flip = (base64: string) =>
  Buffer.from(Buffer.from(base64, 'base64').map((byte) => byte ^ 1)).toString('base64');
