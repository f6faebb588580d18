// Bitmaps of the device's own texts out of the slot's file `assets`, one at a time, and of images from the network.
// A bitmap that cannot be read is one of 8×1 pixels: a screen without a text beats no screen.
import type { Slot } from '../boot/slot-choice.ts';
import { slotFile } from '../boot/slot-files.ts';
import type { Image } from '../contracts.ts';
import type { Bitmap, Files, Native } from '../ports.ts';
import { ASSET_ENTRY_BYTES, ASSET_HEADER_BYTES } from './catalog.ts';

export interface Assets {
  bitmap(id: number): Bitmap;
  unpack(image: Image): Bitmap;
}

export function createAssets(files: Files, native: Native, slot: Slot): Assets {
  const file = slotFile(slot, 'assets');
  const make = (width: number, height: number, stream: string): Bitmap => ({
    width,
    height,
    bpp: 1,
    buffer: native.inflate(stream),
  });
  return {
    bitmap(id) {
      const entry = files.read(file, ASSET_HEADER_BYTES + id * ASSET_ENTRY_BYTES, ASSET_ENTRY_BYTES) ?? '';
      const bytes = entry.charCodeAt(4) * 256 + entry.charCodeAt(5);
      const stream =
        entry.length < ASSET_ENTRY_BYTES
          ? undefined
          : files.read(file, entry.charCodeAt(2) * 256 + entry.charCodeAt(3), bytes);
      if (!stream || stream.length < bytes)
        return { width: 8, height: 1, bpp: 1, buffer: new Uint8Array(1).buffer };
      return make(entry.charCodeAt(0) * 8, entry.charCodeAt(1), stream);
    },
    unpack: (image) => make(image.w, image.h, image.d),
  };
}
