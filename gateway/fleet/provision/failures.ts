// Every way that bringing an evaluator into service can fail: stable code, what is wrong, what a person does about
// it. device/README.md prints this table; a test compares the two.

interface FailureRow {
  code: string;
  meaning: string;
  remedy: string;
}

export const PROVISION_FAILURES = [
  {
    code: 'port.missing',
    meaning: 'There is no such port, or nothing answers at that address.',
    remedy:
      'Plug the board in and look for its name (ls /dev/ttyUSB* /dev/ttyACM*), or start the serial server.',
  },
  {
    code: 'port.busy',
    meaning: 'Another program uses the port.',
    remedy: 'Close the terminal or IDE that is connected to the board, then repeat.',
  },
  {
    code: 'port.denied',
    meaning: 'This user may not open the port.',
    remedy: 'Add the user to the group of the port (dialout), sign in again, then repeat.',
  },
  {
    code: 'port.lost',
    meaning: 'The connection to the board broke, or the board stopped answering.',
    remedy: 'Check cable and power, then repeat: what is done already is kept.',
  },
  {
    code: 'prompt.not-espruino',
    meaning: 'What is at the port does not answer as Espruino does.',
    remedy: 'Check port and --baud; a new board first gets the Espruino interpreter flashed.',
  },
  {
    code: 'prompt.locked',
    meaning: 'The prompt is locked with a password that this hall does not know.',
    remedy: 'Give it with --unlock-file, or flash the interpreter anew, which empties the board.',
  },
  {
    code: 'interpreter.too-old',
    meaning: 'The interpreter lacks fixes that an evaluator needs.',
    remedy: 'Flash Espruino 2v30 or later (or a build from 2v29.277 on), then repeat.',
  },
  {
    code: 'board.unknown',
    meaning: 'There is no firmware for this board, or several could be meant.',
    remedy: 'Build it with npm run firmware, and say which with --board.',
  },
  {
    code: 'memory.short',
    meaning: 'The board has too little memory for the firmware.',
    remedy: 'Use a board and an interpreter build with at least 4,000 memory blocks.',
  },
  {
    code: 'flash.full',
    meaning: 'There is no room for the files of the firmware.',
    remedy: 'Erase what does not belong there, or flash the interpreter anew, then repeat.',
  },
  {
    code: 'flash.verify',
    meaning: 'A file does not read back as it was written.',
    remedy: 'Repeat; if it fails again, the flash of this board is worn: use another board.',
  },
  {
    code: 'firmware.failed',
    meaning: 'The firmware does not start.',
    remedy: 'Repeat with the firmware built anew; if it fails again, report what the console shows.',
  },
  {
    code: 'journal.not-empty',
    meaning: 'The board is another evaluator and holds presses that are not delivered.',
    remedy: 'Let it deliver them at its old place, or repeat with --force: then those presses are lost.',
  },
  {
    code: 'identity.in-service',
    meaning: 'The window’s evaluator is in service, and this board is not it.',
    remedy: 'Put this board there with pingjia device replace, or choose another window.',
  },
  {
    code: 'identity.refused',
    meaning: 'The board did not take its identity.',
    remedy: 'Repeat; if it fails again, the flash of this board is worn: use another board.',
  },
  {
    code: 'prompt.not-locked',
    meaning: 'The prompt stays open after the restart.',
    remedy: 'Repeat; an evaluator with an open prompt must not stand in a hall.',
  },
  {
    code: 'wifi.password',
    meaning: 'The Wi-Fi refused the password.',
    remedy: 'Correct the password, then repeat.',
  },
  {
    code: 'wifi.not-found',
    meaning: 'The board finds no Wi-Fi of that name.',
    remedy: 'Check the name, and that the access point is in reach and has 2.4 GHz, then repeat.',
  },
  {
    code: 'wifi.failed',
    meaning: 'The board does not get into the Wi-Fi.',
    remedy: 'Check the access point (addresses left, filters), then repeat.',
  },
  {
    code: 'gateway.not-running',
    meaning: 'The board is ready, but the gateway does not run here.',
    remedy: 'Start the gateway; the evaluator connects by itself. Then look at pingjia device list.',
  },
  {
    code: 'gateway.unreachable',
    meaning: 'The board is in the network, but the gateway has not heard of it.',
    remedy:
      'Check the address (--gateway), and that UDP and TCP of that port pass from the Wi-Fi to the gateway.',
  },
  {
    code: 'clock.wrong',
    meaning: 'The evaluator is in service, but the gateway’s clock is wrong or in doubt.',
    remedy: 'Set the clock of the gateway’s machine, then pingjia clock confirm.',
  },
] as const satisfies readonly FailureRow[];

export type ProvisionFailureCode = (typeof PROVISION_FAILURES)[number]['code'];

/** Thrown by the steps, caught where they are put together. `detail` is what was seen. */
export class ProvisionFailure extends Error {
  readonly code: ProvisionFailureCode;
  readonly detail: string;

  constructor(code: ProvisionFailureCode, detail = '') {
    super(code);
    this.code = code;
    this.detail = detail;
  }
}

/** The one line a person reads. */
export function failureSentence({ code, detail }: Pick<ProvisionFailure, 'code' | 'detail'>): string {
  const { meaning, remedy } = PROVISION_FAILURES.find((row) => row.code === code)!;
  return `${code}: ${meaning}${detail === '' ? '' : ` (${detail})`} ${remedy}`;
}

export function failureTable(): string {
  const rows = PROVISION_FAILURES.map(
    ({ code, meaning, remedy }) => `| \`${code}\` | ${meaning} | ${remedy} |`,
  );
  return ['| code | what is wrong | what to do |', '| --- | --- | --- |', ...rows].join('\n');
}
