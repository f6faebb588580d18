// One connection of an evaluator: hello, then everything its journal holds beyond the last `ack`, in order, and what
// is pressed meanwhile, until the connection breaks or is ended.
import { connectDevice, type DeviceClient } from '../../gateway/testing/device-client.ts';
import { BOOT, type EvaluatorJournal } from './evaluator-journal.ts';

/** Records sent and without PUBACK. */
const IN_FLIGHT = 16;

export interface Sending {
  /** Resolves when nothing more is sent and every answer that came has been noted. */
  end(): Promise<void>;
}

/** Rejects when there is no connection. `conn` is higher each time. */
export async function sendJournal(
  journal: EvaluatorJournal,
  { port, conn }: { port: number; conn: number },
): Promise<Sending> {
  const { identity } = journal;
  const device = await connectDevice({ identity, port, boot: BOOT, conn });
  let next = journal.acknowledged + 1;
  let ended = false;
  const closed = new Promise<void>((resolve) => device.mqtt.once('close', () => resolve()));
  const goesOn = () => !ended && device.mqtt.connected;
  const acks = noteAcks(device, journal);
  const hello = device.sayHello({ acked: next - 1, oldest: next, next: journal.newest + 1 });
  const lane = async () => {
    while (goesOn()) {
      if (next > journal.newest) {
        await Promise.race([journal.changed(), closed]);
        continue;
      }
      const seq = next;
      next += 1;
      await device.sendRecord(journal.record(seq));
      journal.notePuback(seq);
    }
  };
  // A broken connection rejects what is under way: the journal keeps it for the next one.
  const all = Promise.allSettled([hello, ...Array.from({ length: IN_FLIGHT }, lane)]);
  return {
    async end() {
      ended = true;
      await device.end();
      await all;
      acks.stop();
    },
  };
}

/** Follows what comes down; a hello may tell of more than was asked. */
function noteAcks({ mqtt, received }: DeviceClient, journal: EvaluatorJournal): { stop(): void } {
  let read = 0;
  const note = () => {
    for (; read < received.length; read += 1) {
      const { kind, message } = received[read]!;
      if (kind === 'ack') journal.noteAck(Number(message.upTo));
    }
  };
  mqtt.on('message', note);
  return {
    stop() {
      mqtt.off('message', note);
      note();
    },
  };
}
