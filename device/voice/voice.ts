// Spoken prompts: which file of the module's card is played when the screen becomes another one. What the applicant
// chose is never spoken: whoever stands near would hear it. The newest prompt wins; keys never wait for one.
import type { TimerId, Timers } from '../ports.ts';
import { COMMAND_PLAY, COMMAND_VOLUME, DFPLAYER_BAUD, frameOf } from './dfplayer.ts';

/** Its card is read by then (data sheet: 1.5 to 3 s after power on). */
export const VOICE_READY_MS = 3000;
/** Between two commands; the module drops one that comes sooner. */
export const VOICE_GAP_MS = 200;
/** Folders of the card. */
const FOLDER_CHINESE = 1;
const FOLDER_ENGLISH = 2;

export interface VoiceOptions {
  timers: Timers;
  serial: { setup(baud: number, options: { tx: unknown }): void; write(data: Uint8Array): void };
  /** To its serial input. */
  pin: unknown;
  /** 1 to 30. */
  volume: number;
  english: boolean;
}

/** The prompt for a screen, by the number of its file; 0 for none. README.md lists what they say. */
export function trackOf(screen: string): number {
  switch (screen) {
    case 'card':
      return 1;
    case 'thanks':
      return 2;
    case 'reasons':
      return 3;
    case 'paused':
      return 4;
    case 'full':
      return 5;
    case 'fault':
      return 6;
    default:
      return 0;
  }
}

/** What is told of screens as the console has it: the name, and more behind it. */
export function startVoice(options: VoiceOptions): (screen: string) => void {
  const timers = options.timers;
  const folder = options.english ? FOLDER_ENGLISH : FOLDER_CHINESE;
  let wanted = 0;
  let sending: TimerId | undefined;

  function sendNext(): void {
    sending = undefined;
    if (!wanted) return;
    options.serial.write(frameOf(COMMAND_PLAY, folder * 256 + wanted));
    wanted = 0;
    sending = timers.after(VOICE_GAP_MS, sendNext);
  }

  options.serial.setup(DFPLAYER_BAUD, { tx: options.pin });
  sending = timers.after(VOICE_READY_MS, () => {
    options.serial.write(frameOf(COMMAND_VOLUME, options.volume));
    sending = timers.after(VOICE_GAP_MS, sendNext);
  });
  return (screen) => {
    wanted = trackOf(screen.split(' ')[0]!) || wanted;
    if (sending === undefined) sendNext();
  };
}
