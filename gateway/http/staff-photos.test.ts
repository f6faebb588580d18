import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCanvas } from '@napi-rs/canvas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeBackup } from '../backup/backup.ts';
import { restoreBackup } from '../backup/restore.ts';
import { loadMasterKeys } from '../fleet/master-key.ts';
import { PHOTO_LIMIT_BYTES } from '../screens/photo-limits.ts';
import { openReader } from '../store/reader.ts';
import type { DeviceClient } from '../testing/device-client.ts';
import { startTestHall, TEST_STAFF, type TestHall } from '../testing-hall.ts';
import { verify } from '../verify/verify.ts';

const BADGE = TEST_STAFF.badgeId;
let hall: TestHall;
let device: DeviceClient;
beforeAll(async () => {
  hall = await startTestHall();
  device = await hall.connect(await hall.register('a01', 'a01'));
  await device.sayHello();
});
afterAll(() => hall.end());

const portrait = (() => {
  const canvas = createCanvas(120, 144);
  const context = canvas.getContext('2d');
  context.fillStyle = '#ddd';
  context.fillRect(0, 0, 120, 144);
  context.fillStyle = '#333';
  context.fillRect(40, 30, 40, 60);
  return canvas.toBuffer('image/png');
})();

interface Sending {
  method?: string;
  badge?: string;
  type?: string;
  body?: Buffer | string;
  key?: string;
  path?: string;
}
async function send({ method = 'PUT', badge = BADGE, type = 'image/png', body, key, path }: Sending) {
  const response = await fetch(
    new URL(path ?? `/v1/staff/${encodeURIComponent(badge)}/photo`, hall.gateway.addresses.http.url),
    {
      method,
      headers: {
        authorization: `Bearer ${key ?? hall.key}`,
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    },
  );
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, bytes, json: isJson ? JSON.parse(bytes.toString()) : undefined };
}
const refusal = async (sending: Sending) => {
  const { status, json } = await send(sending);
  return `${status} ${json.code}`;
};
/** The desk that the evaluator shows after `change`. */
async function shownAfter(change: () => Promise<unknown>) {
  const before = device.received.length;
  await change();
  const { message } = await device.waitFor(
    (item) => device.received.indexOf(item) >= before && item.message.do === 'desk',
  );
  return message;
}
const signIn = (staff: object | null) =>
  hall.call('PUT', '/v1/windows/a01/desk', { body: { staff, paused: false } });

describe('the photo of a staff member', () => {
  it('is not taken for somebody nobody has named', async () => {
    expect(await refusal({ body: portrait })).toBe('404 staff.unknown');
    expect(await refusal({ method: 'GET' })).toBe('404 staff.unknown');
    expect(await refusal({ method: 'DELETE' })).toBe('404 staff.unknown');
  });

  it('is on the evaluator at once, goes with whoever signs out, and comes back at sign-in', async () => {
    expect(await shownAfter(() => signIn(TEST_STAFF))).toMatchObject({ photo: null });
    const shown = await shownAfter(() => send({ body: portrait }));
    expect(shown).toMatchObject({ who: { w: 304 }, photo: { w: 80, h: 96 } });
    expect(await shownAfter(() => signIn({ badgeId: 'B7', name: '李四' }))).toMatchObject({ photo: null });
    expect(await shownAfter(() => signIn(TEST_STAFF))).toMatchObject({ photo: shown.photo });
    const seen = await send({ method: 'GET' });
    expect(seen.status).toBe(200);
    expect(seen.bytes.subarray(1, 4).toString()).toBe('PNG');
  });

  it('may be put again freely, and is sent again only when it differs', async () => {
    const before = device.received.length;
    expect(await send({ body: portrait })).toMatchObject({
      status: 200,
      json: { badgeId: BADGE, photo: { widthPx: 80, heightPx: 96 } },
    });
    const shown = await shownAfter(() => signIn({ badgeId: 'B8', name: '王五' }));
    expect(shown.photo).toBeNull();
    expect(device.received.slice(before).filter(({ message }) => message.do === 'desk')).toHaveLength(1);
    await shownAfter(() => signIn(TEST_STAFF));
  });

  it('is refused with a code for every way it can be wrong, and the one that is there stays', async () => {
    expect(await refusal({ body: portrait, type: 'image/webp' })).toBe('415 photo.type');
    expect(await refusal({ body: '{}', type: 'application/json' })).toBe('415 photo.type');
    expect(await refusal({})).toBe('415 photo.type');
    expect(await refusal({ body: Buffer.from('no picture') })).toBe('400 photo.unreadable');
    expect(await refusal({ body: portrait.subarray(0, 60) })).toBe('400 photo.unreadable');
    expect(await refusal({ body: Buffer.alloc(PHOTO_LIMIT_BYTES + 1) })).toBe('413 photo.too-large');
    const wide = createCanvas(2049, 10).toBuffer('image/jpeg');
    expect(await refusal({ body: wide, type: 'image/jpeg' })).toBe('413 photo.too-large');
    expect(await refusal({ body: portrait, key: hall.readingKey })).toBe('403 key.scope');
    expect((await send({ method: 'GET' })).status).toBe(200);
  });

  it('makes no other address take pictures', async () => {
    const elsewhere = { body: portrait, path: '/v1/windows/a01/desk' };
    expect(await refusal(elsewhere)).toBe('415 request.media-type');
  });

  it('is in a backup and after its restore, and the chain of facts stays whole', async () => {
    const { dataFolder, masterKeyFile } = hall.config;
    const masterKeys = loadMasterKeys(masterKeyFile);
    const hallId = hall.config.hall.id;
    const { folder } = await takeBackup({
      hall: hallId,
      dataFolder,
      chainKey: masterKeys.chain,
      into: join(hall.folder, 'backups'),
      nowMs: Date.now(),
      onProgress: () => undefined,
    });
    const restored = join(hall.folder, 'restored');
    const chainKey = masterKeys.chain;
    await restoreBackup({
      hall: hallId,
      dataFolder: restored,
      chainKey,
      from: folder,
      force: false,
      nowMs: Date.now(),
    });
    const reader = openReader(restored);
    expect(reader.staffPhoto(BADGE)).toMatchObject({ w: 80, h: 96 });
    reader.close();
    const { findings, facts } = verify({
      hall: hallId,
      dataFolder: restored,
      masterKeys,
      anchorFile: undefined,
      isKept: () => false,
      onProgress: () => undefined,
    });
    expect(findings).toEqual([]);
    expect(facts).toBeGreaterThan(3);
  });

  it('is deleted for good: from the evaluator at once, and from the database', async () => {
    const reader = openReader(hall.config.dataFolder);
    const stored = reader.staffPhoto(BADGE)!.d;
    reader.close();
    expect(await shownAfter(() => send({ method: 'DELETE' }))).toMatchObject({
      who: { w: 304 },
      photo: null,
    });
    expect(await send({ method: 'DELETE' })).toMatchObject({ status: 200, json: { photo: null } });
    expect(await refusal({ method: 'GET' })).toBe('404 photo.none');
    await hall.gateway.stop();
    const files = ['pingjia.sqlite', 'pingjia.sqlite-wal'].map((name) => join(hall.config.dataFolder, name));
    expect(files.filter(existsSync).length).toBeGreaterThan(0);
    for (const file of files.filter(existsSync)) expect(readFileSync(file, 'latin1')).not.toContain(stored);
    await hall.restart();
  });
});
