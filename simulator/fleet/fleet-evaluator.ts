// One evaluator as the protocol has it: probe, proof, MQTT, signed records in order. No firmware runs: two thousand of
// them would need gigabytes. After a key it waits as the firmware does before it thanks and sends.
import type { DeviceIdentity } from '../../gateway/fleet/registry.ts';
import { connectDevice } from '../../gateway/testing/device-client.ts';
import { CHANGE_WINDOW_MS, FLAG_CLOCK_SET, NO_HANDLE } from '../../protocol/constants.ts';

/** A card that takes longer is taken for lost. */
const CARD_LIMIT_MS = 30_000;

export interface FleetPress {
  keyMs: number;
  /** Wall time of the key. */
  keyWallMs: number;
  thanksMs: number;
  /** Undefined until the gateway says that it has the record. */
  recordMs: number | undefined;
  projectNo: string | undefined;
}

export interface FleetEvaluator {
  readonly device: string;
  readonly nextSeq: number;
  readonly connected: boolean;
  /** The invitation's card is waited for, if there is one. Undefined: it did not come. */
  press(asked: { invitation?: string; projectNo?: string }): Promise<FleetPress | undefined>;
  end(): Promise<void>;
}

export interface FleetEvaluatorOptions {
  identity: DeviceIdentity;
  host: string;
  port: number;
  boot: number;
  nextSeq: number;
}

export async function connectFleetEvaluator(options: FleetEvaluatorOptions): Promise<FleetEvaluator> {
  const { identity, host, port, boot } = options;
  const client = await connectDevice({ identity, host, port, boot, conn: 1 });
  const beganMs = performance.now();
  const uptimeMs = () => Math.round(performance.now() - beganMs) + 1000;
  let seq = options.nextSeq;
  const unacknowledged = new Map<number, FleetPress>();
  let card: { invitation: string; staff: string } | undefined;
  let onCard: () => void = () => undefined;
  client.listen(({ kind, message }) => {
    if (kind === 'ack') acknowledge(message.upTo as number);
    if (kind !== 'card') return;
    card = { invitation: String(message.invitation), staff: String(message.staff) };
    onCard();
  });
  const acknowledge = (upTo: number) => {
    for (const [at, press] of unacknowledged) {
      if (at > upTo) continue;
      press.recordMs = performance.now();
      unacknowledged.delete(at);
    }
  };
  await client.sayHello({ acked: seq - 1, oldest: seq, next: seq });

  const staffOf = (invitation: string) =>
    new Promise<string | undefined>((resolve) => {
      const limit = setTimeout(() => resolve(undefined), CARD_LIMIT_MS);
      onCard = () => {
        if (card?.invitation !== invitation) return;
        clearTimeout(limit);
        onCard = () => undefined;
        resolve(card.staff);
      };
      onCard();
    });
  return {
    device: identity.device,
    get nextSeq() {
      return seq;
    },
    get connected() {
      return client.mqtt.connected;
    },
    async press({ invitation, projectNo }) {
      const staff = invitation === undefined ? NO_HANDLE : await staffOf(invitation);
      if (staff === undefined) return undefined;
      const keyMs = performance.now();
      const keyWallMs = Date.now();
      const uptime = uptimeMs();
      await new Promise((resolve) => setTimeout(resolve, CHANGE_WINDOW_MS));
      const level = (1 + (seq % 5)) as 1 | 2 | 3 | 4 | 5;
      const fields = { seq, uptime, wall: keyWallMs, flags: FLAG_CLOCK_SET, level, staff };
      const record = client.sign({ ...fields, invitation: invitation ?? NO_HANDLE });
      const press = { keyMs, keyWallMs, thanksMs: performance.now(), recordMs: undefined, projectNo };
      unacknowledged.set(seq, press);
      seq += 1;
      // A connection that breaks shows in the account: the record stays unacknowledged.
      client.sendRecord(record).catch(() => undefined);
      return press;
    },
    end: () => client.end(),
  };
}
