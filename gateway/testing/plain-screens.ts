// Pictures of texts without a typeface, which takes a third of a gateway's start: blank but for a first row of pixels
// that differs for different texts. For tests that look at no picture.
import { createHash } from 'node:crypto';
import type { Image } from '../../protocol/messages.ts';
import type { Screens } from '../screens/screens.ts';
import { packImage } from '../screens/text-image.ts';

const WIDTH_PX = 304;
const REASON_WIDTH_PX = 264;

export function openPlainScreens(): Screens {
  const draw = (text: string, size: { widthPx: number; heightPx: number }): Image => {
    const bits = new Uint8Array((size.widthPx / 8) * size.heightPx);
    bits.set(createHash('sha256').update(text).digest());
    return packImage(bits, size);
  };
  const line = (text: string) => draw(text, { widthPx: WIDTH_PX, heightPx: 32 });
  return {
    matter: (taskNames) => draw(taskNames.join('\n'), { widthPx: WIDTH_PX, heightPx: 64 }),
    who: ({ name, badgeId }) => line(`${name} ${badgeId}`),
    place: ({ hall, window }) => line(`${hall} ${window}`),
    reason: (text) => draw(text, { widthPx: REASON_WIDTH_PX, heightPx: 32 }),
  };
}
