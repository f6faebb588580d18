// Commands of a DFPlayer Mini (DFR0299, data sheet "DFPlayer Mini", chapter 3.1): ten bytes on its serial input at 9,600
// baud. Nothing is asked of it and nothing it says is read: a module that is missing costs nothing.

export const DFPLAYER_BAUD = 9600;
/** 0 to 30. */
export const COMMAND_VOLUME = 0x06;
/** Folder 1 to 99 in the high byte, file 1 to 255 in the low. */
export const COMMAND_PLAY = 0x0f;

const START = 0x7e;
const VERSION = 0xff;
const LENGTH = 6;
const WITHOUT_ANSWER = 0;
const END = 0xef;

/** The check sum, of all between start and itself, is their sum subtracted from zero, 16 bits. */
export function frameOf(command: number, parameter: number): Uint8Array {
  const high = parameter >> 8;
  const low = parameter & 255;
  const sum = 0x10000 - (VERSION + LENGTH + command + WITHOUT_ANSWER + high + low);
  return new Uint8Array([
    START,
    VERSION,
    LENGTH,
    command,
    WITHOUT_ANSWER,
    high,
    low,
    sum >> 8,
    sum & 255,
    END,
  ]);
}
