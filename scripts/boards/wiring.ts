// What is wired to what on each board, from the file of pins that the firmware itself is built with, so that the
// drawing cannot say anything else. The parts around the pins, and what has to be bought, stand here.
import { repositoryFolder } from '../firmware/boards.ts';

export interface Wire {
  /** Of the board, such as GPIO23, or a supply. */
  pin: string;
  /** Of the part. */
  to: string;
  /** Drawn on the way. */
  by?: 'key' | 'light' | 'resistor';
}

export interface Part {
  name: string;
  note?: string;
  optional?: true;
  wires: Wire[];
}

export interface Wiring {
  board: string;
  title: string;
  parts: Part[];
  materials: { quantity: string; what: string; optional?: true }[];
}

type Pins = Record<string, string | string[] | Record<string, string>>;

/** The firmware's pins are the interpreter's globals D0 to D39; here each is its own name. */
async function readPins(board: string): Promise<Pins> {
  const globals = globalThis as unknown as Record<string, string>;
  for (let pin = 0; pin < 40; pin++) globals[`D${pin}`] = `GPIO${pin}`;
  return (await import(`${repositoryFolder}device/boards/${board}-pins.ts`)) as Pins;
}

const LEVELS = ['5 非常满意', '4 满意', '3 基本满意', '2 不满意', '1 非常不满意'];

function voiceModule(pin: string, supply: string): Part {
  return {
    name: 'Voice module DFPlayer Mini 语音模块',
    note: 'RX through 1 kΩ',
    optional: true,
    wires: [
      { pin, to: 'RX', by: 'resistor' },
      { pin: supply, to: 'VCC' },
      { pin: 'GND', to: 'GND' },
    ],
  };
}

const VOICE_MATERIALS = [
  { quantity: '1', what: 'DFPlayer Mini with microSD card (FAT32), 1 kΩ resistor', optional: true },
  { quantity: '1', what: 'speaker for it, 4 to 8 Ω, 3 W at most', optional: true },
] as const;

export async function wiringOfModule(): Promise<Wiring> {
  const pins = await readPins('esp32-ili9341');
  const panel = pins.PANEL_PINS as Record<string, string>;
  // The files count levels from 1; on the device the best stands left.
  const byLevel = (list: unknown) => (list as string[]).toReversed();
  const keys = byLevel(pins.KEY_PINS);
  const lights = byLevel(pins.LIGHT_PINS);
  return {
    board: 'esp32-ili9341',
    title: 'ESP32 module with ILI9341 panel, five keys with lights, buzzer',
    parts: [
      {
        name: 'Panel ILI9341, 320×240, SPI 显示屏',
        wires: [
          { pin: panel.mosi!, to: 'SDI (MOSI)' },
          { pin: panel.miso!, to: 'SDO (MISO)' },
          { pin: panel.sck!, to: 'SCK' },
          { pin: panel.select!, to: 'CS' },
          { pin: panel.command!, to: 'D/C' },
          { pin: panel.reset!, to: 'RESET' },
          { pin: '3V3', to: 'VCC, LED' },
          { pin: 'GND', to: 'GND' },
        ],
      },
      {
        name: 'Keys 评价键',
        note: 'from left to right, each to ground',
        wires: keys.map((pin, index) => ({ pin, to: LEVELS[index]!, by: 'key' })),
      },
      {
        name: 'Lights of the keys 按键灯',
        note: 'each through 330 Ω to ground',
        wires: lights.map((pin, index) => ({ pin, to: LEVELS[index]!, by: 'light' })),
      },
      {
        name: 'Passive buzzer 无源蜂鸣器',
        note: 'through 100 Ω, to ground',
        wires: [{ pin: String(pins.BUZZER_PIN), to: '+', by: 'resistor' }],
      },
      {
        name: 'Supply 电源',
        note: '470 µF beside the module',
        wires: [
          { pin: '5V', to: '5 V, 1 A' },
          { pin: 'GND', to: '0 V' },
        ],
      },
      voiceModule(String(pins.VOICE_PIN), '5V'),
    ],
    materials: [
      { quantity: '1', what: 'ESP32-WROOM-32 module board, 4 MiB of flash, USB serial' },
      { quantity: '1', what: 'panel with ILI9341, 2.8 inch, 320×240, SPI, 3.3 V' },
      { quantity: '5', what: 'push key, normally open, with a raised mark that is felt without pressing it' },
      { quantity: '5', what: 'LED, one for each key, with a 330 Ω resistor' },
      { quantity: '1', what: 'passive buzzer, 3.3 V, 20 mA at most, with a 100 Ω resistor' },
      {
        quantity: '1',
        what: 'supply 5 V, 1 A; 470 µF beside the module against brown-outs when the Wi-Fi sends',
      },
      ...VOICE_MATERIALS,
    ],
  };
}

export async function wiringOfCyd(): Promise<Wiring> {
  const pins = await readPins('esp32-cyd');
  const panel = pins.PANEL_PINS as Record<string, string>;
  const touch = pins.TOUCH_PINS as Record<string, string>;
  const lights = pins.LIGHT_PINS as string[];
  return {
    board: 'esp32-cyd',
    title: 'ESP32-2432S028R with its touch panel, a speaker and a supply',
    parts: [
      {
        name: 'Panel ILI9341, on the board 显示屏',
        wires: [
          { pin: panel.mosi!, to: 'SDI' },
          { pin: panel.miso!, to: 'SDO' },
          { pin: panel.sck!, to: 'SCK' },
          { pin: panel.select!, to: 'CS' },
          { pin: panel.command!, to: 'D/C' },
          { pin: String(pins.BACKLIGHT_PIN), to: 'backlight' },
        ],
      },
      {
        name: 'Touch controller XPT2046, on the board 触摸',
        note: 'the five options on the screen are the keys',
        wires: [
          { pin: touch.mosi!, to: 'DIN' },
          { pin: touch.miso!, to: 'DOUT' },
          { pin: touch.sck!, to: 'DCLK' },
          { pin: touch.select!, to: 'CS' },
          { pin: touch.interrupt!, to: 'PENIRQ' },
        ],
      },
      {
        name: 'Light at the back, on the board 背面灯',
        note: 'low is on',
        wires: ['red', 'green', 'blue'].map((to, index) => ({ pin: lights[index]!, to })),
      },
      {
        name: 'Speaker at the connector SPEAK 扬声器',
        wires: [{ pin: String(pins.SPEAKER_PIN), to: 'amplifier, 8 Ω' }],
      },
      { name: 'Supply at the USB socket 电源', wires: [{ pin: '5V', to: '5 V, 1 A' }] },
      voiceModule(String(pins.VOICE_PIN), '5V'),
    ],
    materials: [
      { quantity: '1', what: 'ESP32-2432S028R with ILI9341 (not ST7789) and XPT2046' },
      {
        quantity: '1',
        what: 'case with a stand, and a stylus or a frame that lets a finger reach the lower edge',
      },
      { quantity: '1', what: 'USB supply 5 V, 1 A' },
      { quantity: '1', what: 'speaker 8 Ω, 1 W, plug 1.25 mm with two pins' },
      ...VOICE_MATERIALS,
    ],
  };
}

export const allWirings = (): Promise<Wiring[]> => Promise.all([wiringOfModule(), wiringOfCyd()]);

export function materialsTable({ materials }: Wiring): string {
  const rows = materials.map(
    ({ quantity, what, optional }) => `| ${quantity} | ${what}${optional ? ' (option)' : ''} |`,
  );
  return ['| number | part |', '| --- | --- |', ...rows].join('\n');
}
