// Watches the bytes of one MQTT connection for a packet longer than any of ours, before the broker would collect
// it in memory (MQTT 3.1.1 section 2.2.3: up to 256 MiB). Knows fixed headers only.

/** An upward payload with topic and headers, or a CONNECT with its will. */
export const PACKET_LIMIT_BYTES = 2048;
const LENGTH_LIMIT_BYTES = 4;

export interface PacketGuard {
  /** False from the first packet on that is too long or has a malformed length. */
  accepts(chunk: Uint8Array): boolean;
}

export function makePacketGuard(): PacketGuard {
  let skipBytes = 0;
  let lengthBytes = 0;
  let length = 0;
  let inHeader = false;

  return {
    accepts(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (skipBytes > 0) {
          const step = Math.min(skipBytes, chunk.length - at);
          skipBytes -= step;
          at += step;
          continue;
        }
        const byte = chunk[at]!;
        at += 1;
        if (!inHeader) {
          inHeader = true;
          lengthBytes = 0;
          length = 0;
          continue;
        }
        length += (byte & 0x7f) * 128 ** lengthBytes;
        lengthBytes += 1;
        if (length > PACKET_LIMIT_BYTES || (byte >= 0x80 && lengthBytes === LENGTH_LIMIT_BYTES)) return false;
        if (byte < 0x80) {
          inHeader = false;
          skipBytes = length;
        }
      }
      return true;
    },
  };
}
