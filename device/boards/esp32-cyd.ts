// ESP32-2432S028R, the "cheap yellow display": an ESP32 with an ILI9341 panel, an XPT2046 touch controller on pins of
// its own, and a speaker. The five options on the screen are the keys. Not seen on a board yet.
import type { Hardware, KeyListener, SoundName, TimerId } from '../ports.ts';
import { levelAt } from '../screen/touch-areas.ts';
import { makeEsp32 } from './esp32.ts';
import {
  BACKLIGHT_PIN,
  LIGHT_PINS,
  PANEL_PINS,
  SPEAKER_PIN,
  TOUCH_PINS,
  VOICE_PIN,
} from './esp32-cyd-pins.ts';
import { READY_AFTER_MS } from './ili9341.ts';
import { timers } from './interpreter.ts';
import { watchTouches } from './xpt2046.ts';

/** At most 2.5 MHz (datasheet, timing of the conversion clock at 2.7 V: 125 kHz conversions of 16 clocks). */
const TOUCH_BAUD = 1_000_000;
/** The panel's first pictures are of what its memory held. */
const BACKLIGHT_AFTER_MS = READY_AFTER_MS + 400;

/** Half a period and the whole, milliseconds. */
const TONES: Record<SoundName, [number, number]> = {
  key: [1, 60],
  thanks: [2, 250],
  refused: [4, 300],
  invite: [2, 150],
};

export function createBoard(): Hardware {
  let tone: TimerId | undefined;
  BACKLIGHT_PIN.mode('output');
  for (const pin of LIGHT_PINS) {
    pin.mode('output');
    pin.set();
  }
  timers.after(BACKLIGHT_AFTER_MS, () => BACKLIGHT_PIN.set());

  return makeEsp32({
    board: 'esp32-cyd',
    panel: PANEL_PINS,
    voicePin: VOICE_PIN,
    touch: true,
    feedback: {
      // At the back: whoever looks at the screen sees its marks, staff see this.
      lights(mask) {
        LIGHT_PINS[1]!.write(!mask);
      },
      sound(name) {
        // The interpreter gives this pin's converter a level, no frequency (src: jshPinAnalogOutput).
        const sound = TONES[name];
        if (tone !== undefined) clearInterval(tone);
        tone = setInterval(() => SPEAKER_PIN.toggle(), sound[0]);
        const own = tone;
        timers.after(sound[1], () => {
          if (tone !== own) return;
          clearInterval(own);
          tone = undefined;
          SPEAKER_PIN.reset();
        });
      },
    },
    listenKeys(listener: KeyListener, state) {
      SPI2.setup({ mosi: TOUCH_PINS.mosi, miso: TOUCH_PINS.miso, sck: TOUCH_PINS.sck, baud: TOUCH_BAUD });
      watchTouches({
        timers,
        pins: TOUCH_PINS,
        levelAt: (x, y) => levelAt(state(), x, y),
        onKey: listener,
      });
    },
  });
}
