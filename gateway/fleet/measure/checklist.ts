// What only a board can prove, each with its limit, where the limit comes from, and what to do when it is not kept.
// device/README.md prints this table; a test compares the two.

export interface Check {
  id: string;
  what: string;
  /** In the unit of its figure; undefined where the figure is a word. */
  limit?: { most: number; unit: string } | { least: number; unit: string };
  /** Where the limit comes from, or what the word must be. */
  reason: string;
  remedy: string;
}

/** The firmware sets it to this many seconds; longer than any block. */
const WATCHDOG_SECONDS = 60;
export const WATCHDOG_TRIAL_SECONDS = 5;

export const CHECKS = [
  {
    id: 'memory.blocks',
    what: 'Memory blocks in all',
    limit: { least: 4000, unit: 'blocks' },
    reason: 'the firmware with a card and 100 unsent records takes 3,000',
    remedy: 'Switch Bluetooth off (provisioning does), or take an interpreter build with more variables.',
  },
  {
    id: 'memory.free',
    what: 'Memory blocks free, as it is now',
    limit: { least: 500, unit: 'blocks' },
    reason: 'a card that arrives takes 300',
    remedy: 'Measure again with the firmware that will run; if it stays, report it with the figure.',
  },
  {
    id: 'heap.least',
    what: 'Least heap that was free since the start',
    limit: { least: 16_384, unit: 'bytes' },
    reason: 'buffers of one connection and of the Wi-Fi, outside the interpreter’s blocks',
    remedy: 'Switch Bluetooth off; else take an interpreter build with fewer variables.',
  },
  {
    id: 'speed.turn',
    what: 'An empty turn of a loop',
    limit: { most: 71, unit: 'µs' },
    reason: 'a key shows within 1,400 turns, which may take 100 ms',
    remedy: 'Take an interpreter build for 240 MHz; else keys answer too late on this board.',
  },
  {
    id: 'flash.write',
    what: 'Writing a record of 56 bytes',
    limit: { most: 20, unit: 'ms' },
    reason: 'keys wait for it',
    remedy: 'Use another board: this flash chip is too slow.',
  },
  {
    id: 'flash.erase',
    what: 'Erasing a page of flash',
    limit: { most: 100, unit: 'ms' },
    reason: 'keys wait for it; new chips take 45 ms',
    remedy: 'Use another board: this flash chip is too slow, or worn.',
  },
  {
    id: 'flash.sound',
    what: 'What was written reads back, what was erased is blank',
    reason: 'yes',
    remedy: 'Use another board: this flash does not keep what it is given.',
  },
  {
    id: 'connect.block',
    what: 'Silence while connecting to an address where nobody answers',
    limit: { most: 48, unit: 's' },
    reason: `the watchdog bites after ${WATCHDOG_SECONDS} s`,
    remedy: 'Raise WATCHDOG_SECONDS of the board above it, build, and measure again.',
  },
  {
    id: 'radio.bluetooth',
    what: 'Bluetooth',
    reason: 'off',
    remedy: 'Provision the board; it is switched off before anything is written.',
  },
  {
    id: 'radio.access-point',
    what: 'An access point of its own',
    reason: 'off',
    remedy: 'Provision the board; the firmware switches it off at every start.',
  },
  {
    id: 'radio.telnet',
    what: 'A console on the network, at port 23 of its address',
    reason: 'closed',
    remedy: 'Provision the board; the firmware closes it at every start.',
  },
  {
    id: 'watchdog',
    what: `Restart out of an endless loop, with the watchdog set to ${WATCHDOG_TRIAL_SECONDS} s`,
    limit: { most: 15, unit: 's' },
    reason: 'an evaluator that hangs must come back by itself',
    remedy: 'Take another interpreter build: its watchdog does not restart the board. Unplug it now.',
  },
  {
    id: 'prompt.locked',
    what: 'The prompt after that restart',
    reason: 'locked, where the board has its password',
    remedy: 'Provision the board again; an open prompt must not stand in a hall.',
  },
  {
    id: 'brown-out',
    what: 'Loss of power at any moment',
    reason: 'nothing thanked for is lost; one reset more is counted',
    remedy:
      'By hand: press a key and pull the plug before the thanks, and again right after them, ten times each. `pingjia device show` must count the resets, and every press thanked for must be listed.',
  },
] as const satisfies readonly Check[];

export type CheckId = (typeof CHECKS)[number]['id'];

export function limitText(check: Check): string {
  const { limit, reason } = check;
  if (!limit) return reason;
  const bound = 'most' in limit ? `at most ${limit.most}` : `at least ${limit.least}`;
  return `${bound} ${limit.unit}: ${reason}`;
}

export function checklistTable(): string {
  const rows = CHECKS.map(
    (check) => `| \`${check.id}\` | ${check.what} | ${limitText(check)} | ${check.remedy} |`,
  );
  return ['| check | what | limit | what to do beyond it |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
