import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeReleaseKeys, publicKeyOf, readRelease, signRelease } from './release.ts';

const { privateKeyPem, publicKey } = makeReleaseKeys();
const image = (board: string, version: string) => {
  const line = `${JSON.stringify({ version, board, files: [['js', 5, '00']] })}\n`;
  return { board, data: Buffer.from(`${line}hello`) };
};
const images = [image('esp32-ili9341', '1.2.3'), image('linux', '1.2.3')];
const text = signRelease({ version: '1.2.3', images }, privateKeyPem);

describe('a release', () => {
  it('gives back the images that were signed, with the hash that an offer names', () => {
    const result = readRelease(text, publicKey);
    expect(result).toMatchObject({ ok: true, release: { version: '1.2.3', images } });
    if (!result.ok) return;
    const line = images[0]!.data.subarray(0, images[0]!.data.indexOf('\n') + 1);
    expect(result.release.images[0]!.manifestSha256).toBe(createHash('sha256').update(line).digest('hex'));
    expect(publicKeyOf(privateKeyPem)).toBe(publicKey);
  });

  it('is refused under another key, and when anything in it was changed', () => {
    expect(readRelease(text, makeReleaseKeys().publicKey)).toEqual({ ok: false, code: 'release.signature' });
    const file = JSON.parse(text);
    const changes: object[] = [
      { version: '1.2.4' },
      { images: file.images.slice(1) },
      { images: [...file.images].reverse() },
      { images: [{ ...file.images[0], board: 'esp32-other' }, file.images[1]] },
      { images: [{ ...file.images[0], data: file.images[1].data }, file.images[1]] },
      { signature: `${file.signature.slice(0, -1)}${file.signature.endsWith('0') ? '1' : '0'}` },
    ];
    for (const change of changes)
      expect(readRelease(JSON.stringify({ ...file, ...change }), publicKey)).toEqual({
        ok: false,
        code: 'release.signature',
      });
  });

  it('is refused when it is none, or its images say something else than it does', () => {
    for (const bad of ['', '{}', 'null', '[]', JSON.stringify({ ...JSON.parse(text), more: 1 })])
      expect(readRelease(bad, publicKey)).toEqual({ ok: false, code: 'release.malformed' });
    for (const other of [
      image('linux', '1.2.4'),
      image('other', '1.2.3'),
      { board: 'linux', data: Buffer.from('x') },
    ]) {
      const signed = signRelease({ version: '1.2.3', images: [{ ...other, board: 'linux' }] }, privateKeyPem);
      expect(readRelease(signed, publicKey)).toEqual({ ok: false, code: 'release.malformed' });
    }
  });
});
