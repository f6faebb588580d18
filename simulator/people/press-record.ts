// The people's own record of what they chose: keys seen by the evaluator's screen, one line of JSON per choice
// that ended. It is written from keys and screens alone, independent of flash, gateway and province.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Screen } from './applicant-machine.ts';

export interface Choice {
  device: string;
  /** The last key pressed. */
  level: number;
  keys: number[];
  invitation: string;
  /** thanked: the screen said 谢谢. turned-away: the screen said that it could not be kept. */
  ended: 'thanked' | 'turned-away';
  /** Sequence in the device's journal, as its console told it; 0 if it was turned away. */
  seq: number;
}

export interface PressRecorder {
  onKey(level: number): void;
  onScreen(screen: Screen): void;
  onThanked(seq: number): void;
  /** The evaluator lost power: a choice still open was never thanked for. */
  onPowerOff(): void;
}

export interface PressRecorderOptions {
  device: string;
  file: string;
  onChoice?: (choice: Choice) => void;
}

export function createPressRecorder({ device, file, onChoice }: PressRecorderOptions): PressRecorder {
  let keys: number[] = [];
  let open: { invitation: string } | undefined;
  const close = (ended: Choice['ended'], seq: number) => {
    if (!open) return;
    const choice: Choice = { device, level: keys.at(-1) ?? 0, keys, invitation: open.invitation, ended, seq };
    open = undefined;
    keys = [];
    appendFileSync(file, `${JSON.stringify(choice)}\n`);
    onChoice?.(choice);
  };
  return {
    onKey: (level) => {
      keys = open ? [...keys, level] : [level];
    },
    onScreen: (screen) => {
      if (screen.name === 'chosen') open ??= { invitation: screen.invitation ?? '' };
      else if (screen.name !== 'writing' && screen.name !== 'thanks') close('turned-away', 0);
    },
    onThanked: (seq) => close('thanked', seq),
    onPowerOff: () => {
      open = undefined;
      keys = [];
    },
  };
}

export function readChoices(file: string): Choice[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Choice);
}
