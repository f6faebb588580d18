// How long the interpreter takes to mount a full journal, in turns of an empty loop measured in the same run. Flash code
// and nothing else is run as a script, so that only mounting is measured.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLASH_FILE, installIntoFlash, writeRawFlash } from '../../../simulator/engines/flash-image.ts';
import { prepareFlash } from '../../../simulator/engines/prepared-flash.ts';
import { LINUX } from '../../../simulator/espruino/geometry.ts';
import { bundleScript } from '../../firmware/bundle.ts';
import { describeProblem } from '../../firmware/check/check.ts';
import { TURN } from './turn.ts';

const RUN_LIMIT_MS = 10_000;
const identity = { hall: 'hall', device: 'dev-a', handle: '0123456789abcdef', key: '5a'.repeat(32), gen: 1 };

const ENTRY = `
import { createIdentityStore } from './flash/identity.ts';
import { createJournal } from './flash/journal.ts';
import { mountJournal } from './flash/journal-mount.ts';
import { createBoard } from './boards/linux.ts';
const hardware = createBoard();
const crc32 = hardware.native.crc32;
const before = global.pjTurn();
const counters = createIdentityStore({ flash: hardware.flash, area: hardware.identityArea, crc32 });
const begun = getTime();
const journal = createJournal({ flash: hardware.flash, area: hardware.journalArea, crc32, counters, mount: mountJournal });
const took = (getTime() - begun) * 1e6;
print('PJ1 mount ' + took / ((before + global.pjTurn()) / 2) + ' ' + journal.state().unsent);
`;

export interface MountOptions {
  interpreter: string;
  records: number;
  /** Makes the interpreter's flash and clock those of a board. */
  environment: Record<string, string>;
}

export async function mountTurns(options: MountOptions): Promise<number> {
  const { code, problems } = await bundleScript({ entry: ENTRY, version: 'bench' });
  if (problems.length > 0)
    throw new Error(`the mounting script does not build: ${describeProblem(problems[0]!)}`);
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-mount-'));
  try {
    installIntoFlash(folder, [['bench', Buffer.from('x')]]);
    const prepared = prepareFlash({ ...identity, records: options.records, acked: 0 }, LINUX);
    for (const { offset, data } of Object.values(prepared))
      writeRawFlash({ path: join(folder, FLASH_FILE), geometry: LINUX }, offset, data);
    const script = join(folder, 'mount.js');
    writeFileSync(script, `eval(${JSON.stringify(TURN)});\n${code}\nquit();\n`);
    const said = await new Promise<string>((resolve) => {
      const env = { ...process.env, ...options.environment };
      const words = { cwd: folder, timeout: RUN_LIMIT_MS, killSignal: 'SIGKILL' as const, env };
      execFile(options.interpreter, [script], words, (_error, stdout) => resolve(stdout));
    });
    const found = /PJ1 mount ([\d.]+) (\d+)/.exec(said);
    if (!found || Number(found[2]) !== options.records)
      throw new Error(`the journal was not mounted: ${said.slice(-300)}`);
    return Number(found[1]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
