// One line of the anchor file: which fact was the newest at some time, its chain value, and a MAC over both under a
// key that is not on the medium. Whoever keeps the file elsewhere can tell later that nothing before was changed.
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface Anchor {
  hall: string;
  atMs: number;
  fact: number;
  /** Chain value of that fact, 64 hexadecimal digits. */
  head: string;
}

export function anchorLine(anchorKey: Uint8Array, anchor: Anchor): string {
  const { hall, atMs, fact, head } = anchor;
  return JSON.stringify({
    hall,
    at: new Date(atMs).toISOString(),
    fact,
    head,
    mac: macOf(anchorKey, anchor),
  });
}

/** Undefined for a line that is no anchor of this hall made with this key. */
export function parseAnchorLine(anchorKey: Uint8Array, hall: string, line: string): Anchor | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { at, fact, head, mac } = value ?? {};
  if (value?.hall !== hall || typeof at !== 'string' || typeof head !== 'string' || typeof mac !== 'string')
    return undefined;
  const anchor = { hall, atMs: Date.parse(at), fact: Number(fact), head };
  if (!Number.isSafeInteger(anchor.fact) || !Number.isFinite(anchor.atMs)) return undefined;
  const expected = Buffer.from(macOf(anchorKey, anchor));
  const given = Buffer.from(mac);
  return expected.length === given.length && timingSafeEqual(expected, given) ? anchor : undefined;
}

function macOf(anchorKey: Uint8Array, { hall, atMs, fact, head }: Anchor): string {
  return createHmac('sha256', anchorKey)
    .update(JSON.stringify(['pingjia-anchor-1', hall, atMs, fact, head]))
    .digest('hex');
}
