// Signed records as PUBLISH packets, made before they are needed and shared by all systems that are measured.
import type { DeviceIdentity } from '../../../gateway/fleet/registry.ts';
import { signRecord } from '../../../gateway/testing/device-client.ts';
import { FLAG_CLOCK_SET } from '../../../protocol/constants.ts';
import { type DeviceKeys, deriveKeys } from '../../../protocol/keys.ts';
import { topicOf } from '../../../protocol/topics.ts';
import { invitationOf } from './invitations.ts';
import { publishPacket } from './mqtt-wire.ts';

/** Evaluators with a clock, as all are after their first minute. */
export const FIRST_PRESS_MS = Date.UTC(2026, 0, 5);

export interface PreparedRecords {
  identities: DeviceIdentity[];
  keys: DeviceKeys[];
  /** `count` packets of evaluator `index`, the first with sequence `from` + 1. */
  of(index: number, from: number, count: number): Buffer[];
}

export function prepareRecords(identities: DeviceIdentity[]): PreparedRecords {
  const keys = identities.map(({ key, handle, gen }) =>
    deriveKeys({ key: Buffer.from(key, 'hex'), deviceHandle: handle, gen }),
  );
  const made: Buffer[][] = identities.map(() => []);
  return {
    identities,
    keys,
    of(index, from, count) {
      const packets = made[index]!;
      const identity = identities[index]!;
      const topic = topicOf(identity, 'evaluation');
      while (packets.length < from + count) {
        const seq = packets.length + 1;
        const fields = {
          seq,
          boot: 1,
          uptime: seq * 1000,
          wall: FIRST_PRESS_MS + seq * 1000,
          flags: FLAG_CLOCK_SET,
          invitation: invitationOf(index, seq),
          level: 1 + (seq % 5),
        };
        const record = signRecord({ identity, keys: keys[index]! }, fields);
        packets.push(publishPacket(topic, 1 + (seq % 65_535), Buffer.from(JSON.stringify(record))));
      }
      return packets.slice(from, from + count);
    },
  };
}
