import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { freeTcpAndUdpPort } from '../../gateway/testing/free-ports.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { needs } from '../../scripts/testing/needs.ts';
import { writeRawFlash } from '../engines/flash-image.ts';
import { NodeEngine } from '../engines/node-engine.ts';
import { preparedLevel, prepareFlash } from '../engines/prepared-flash.ts';
import { LINUX } from '../espruino/geometry.ts';
import { LinkRelay } from '../net/link-relay.ts';
import { stayBehindBroker } from '../scripted-gateway/behind-broker.ts';
import { answerProbes } from '../scripted-gateway/probe-answers.ts';
import { BROKERS } from './brokers.ts';

const RECORDS = 1000;
const WAIT = { timeout: 60_000, interval: 20 };
const identity = { hall: 'hall', device: 'dev-a', handle: '0123456789abcdef', key: '5a'.repeat(32), gen: 1 };

describe.each(Object.entries(BROKERS))('behind %s', (_name, { program, start }) => {
  const need = program ? needs(program) : { skip: false, title: (sentence: string) => sentence };

  it.skipIf(need.skip)(
    need.title('an evaluator delivers a thousand evaluations through a cut, none lost and none doubled'),
    { timeout: 180_000 },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'pingjia-broker-'));
      const port = await freeTcpAndUdpPort();
      const broker = await start({ folder, port });
      const probes = await answerProbes(port);
      const gateway = await stayBehindBroker({ port, device: identity });
      const cable = await LinkRelay.start({ target: { host: '127.0.0.1', tcpPort: port, udpPort: port } });
      const device = join(folder, 'device');
      mkdirSync(device);
      for (const part of Object.values(prepareFlash({ ...identity, records: RECORDS, acked: 0 }, LINUX)))
        writeRawFlash({ path: join(device, 'flash.bin'), geometry: LINUX }, part.offset, part.data);
      const settings = { gateway: '127.0.0.1', port: cable.tcpPort };
      const engine = new NodeEngine({
        folder: device,
        firmware: await loadFirmwareImage('linux'),
        extraFiles: { 'pj.net': Buffer.from(JSON.stringify(settings)) },
      });
      try {
        await engine.powerOn();
        await vi.waitFor(() => expect(gateway.records.size).toBeGreaterThan(RECORDS / 3), WAIT);
        cable.cut();
        const whenCut = gateway.records.size;
        cable.restore();
        expect(whenCut).toBeLessThan(RECORDS);
        await vi.waitFor(() => expect(gateway.records.size).toBe(RECORDS), WAIT);
        // The next session tells whether the evaluator took the acknowledgement of all.
        await vi.waitFor(
          async () => {
            const sessions = gateway.hellos.length;
            cable.cut();
            cable.restore();
            await vi.waitFor(() => expect(gateway.hellos.length).toBeGreaterThan(sessions), WAIT);
            expect(gateway.hellos.at(-1)).toMatchObject({ acked: RECORDS, next: RECORDS + 1 });
          },
          { ...WAIT, interval: 500 },
        );
        expect(gateway.wrong).toEqual([]);
        for (const [seq, record] of gateway.records) expect(record.level).toBe(preparedLevel(seq));
      } finally {
        await engine.powerOff();
        await cable.close();
        await gateway.end();
        await probes.close();
        await broker.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
