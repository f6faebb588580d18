// A slot's file `assets`: header, index, heatshrunk bitmaps, in the layout that device/assets/catalog.ts names.
import { ASSET_ENTRY_BYTES, ASSET_HEADER_BYTES, ASSET_MAGIC } from '../../../device/assets/catalog.ts';
import { heatshrink } from '../../../gateway/screens/heatshrink.ts';
import type { AssetBitmap } from './drawing.ts';

/** Offsets have 16 bits. */
export const ASSET_FILE_LIMIT_BYTES = 0xffff;

export function packAssets(assets: readonly (AssetBitmap | undefined)[]): Uint8Array {
  const streams: Uint8Array[] = [];
  const index = Buffer.alloc(ASSET_ENTRY_BYTES * assets.length);
  let offset = ASSET_HEADER_BYTES + index.length;
  for (let id = 0; id < assets.length; id++) {
    const asset = assets[id];
    if (!asset) throw new Error(`bitmap ${id} of the assets was not drawn`);
    const stream = heatshrink(asset.bits);
    const at = id * ASSET_ENTRY_BYTES;
    index.writeUInt8(asset.widthPx / 8, at);
    index.writeUInt8(asset.heightPx, at + 1);
    index.writeUInt16BE(offset, at + 2);
    index.writeUInt16BE(stream.length, at + 4);
    streams.push(stream);
    offset += stream.length;
    if (offset > ASSET_FILE_LIMIT_BYTES)
      throw new Error(`the assets are over ${ASSET_FILE_LIMIT_BYTES} bytes`);
  }
  const header = Buffer.from(`${ASSET_MAGIC}${String.fromCharCode(assets.length)}`, 'latin1');
  return Buffer.concat([header, index, ...streams]);
}
