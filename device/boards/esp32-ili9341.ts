// ESP32 module with an ILI9341 panel (320×240, SPI), five keys with lights, and a buzzer. README.md draws the wiring.
// Not seen on a board yet: `pingjia device measure` says what to measure first.
import type { Hardware, KeyListener, SoundName } from '../ports.ts';
import { makeEsp32, uptimeOf } from './esp32.ts';
import { BUZZER_PIN, KEY_PINS, LIGHT_PINS, PANEL_PINS, VOICE_PIN } from './esp32-ili9341-pins.ts';
import { timers } from './interpreter.ts';

/** Hertz and milliseconds. */
const TONES: Record<SoundName, [number, number]> = {
  key: [2000, 60],
  thanks: [1500, 250],
  refused: [400, 300],
  invite: [1000, 150],
};

export function createBoard(): Hardware {
  for (const pin of LIGHT_PINS) pin.mode('output');
  return makeEsp32({
    board: 'esp32-ili9341',
    panel: PANEL_PINS,
    voicePin: VOICE_PIN,
    touch: false,
    feedback: {
      lights(mask) {
        for (let index = 0; index < LIGHT_PINS.length; index++)
          LIGHT_PINS[index]!.write((mask & (1 << index)) !== 0);
      },
      sound(name) {
        const tone = TONES[name];
        analogWrite(BUZZER_PIN, 0.5, { freq: tone[0] });
        timers.after(tone[1], () => BUZZER_PIN.reset());
      },
    },
    listenKeys,
  });
}

function listenKeys(listener: KeyListener): void {
  KEY_PINS.forEach((pin, index) => {
    pin.mode('input_pullup');
    const heard = (edge: EspruinoEdge) => listener(index + 1, !edge.state, uptimeOf(edge));
    setWatch(heard, pin, { repeat: true, edge: 'both' });
  });
}
