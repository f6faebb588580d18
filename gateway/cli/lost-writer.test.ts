import { afterEach, describe, expect, it } from 'vitest';
import type { DeviceIdentity } from '../fleet/registry.ts';
import { openReader } from '../store/reader.ts';
import { connectDevice } from '../testing/device-client.ts';
import { makeProgramFolder, type ProgramFolder } from '../testing/gateway-program.ts';

const loseWriter = new URL('../testing/lose-writer.mjs', import.meta.url).href;
let hall: ProgramFolder;
afterEach(() => hall.remove());

describe('a gateway whose writer is gone', () => {
  it('ends with code 1 and one line that says so, so that it is started again; what it acknowledged is kept', async () => {
    hall = makeProgramFolder();
    const [identity] = (await hall.register(['a01'])) as [DeviceIdentity];
    const running = await hall.start({ NODE_OPTIONS: `--import ${loseWriter}` });
    const device = await connectDevice({ identity, port: running.mqttPort, boot: 1, conn: 1 });
    await device.sendRecord(device.sign({ seq: 1 }));

    running.child.kill('SIGUSR2');
    await running.exited;
    await device.end();
    expect(running.child.exitCode).toBe(1);
    expect(running.errorText().trimEnd().split('\n')).toEqual([
      expect.stringMatching(/writer has ended.*until the gateway is started again/),
    ]);
    const reader = openReader(hall.dataFolder);
    expect(reader.deviceById('a01')?.watermark).toBe(1);
    reader.close();
  }, 60_000);
});
