// The packet transfer of the interpreter's prompt (2v25 and later): two bytes of type and length, data, then ACK or
// NAK. Answers as jsinteractive.c does, also where it is careless: a DATA packet is acknowledged whatever became of
// it, so whoever sends one must look at the file.

export const ACK = '\x06';
export const NAK = '\x15';
/** DLE, SOH: a packet begins. */
export const PACKET_START = '\x10\x01';
export const PACKET = {
  response: 0x0000,
  eval: 0x2000,
  event: 0x4000,
  fileSend: 0x6000,
  data: 0x8000,
  fileReceive: 0xa000,
} as const;
const TYPE_MASK = 0xe000;
export const PACKET_LENGTH_MASK = 0x1fff;
/** A file is read back in pieces of this length. */
const READ_BYTES = 1024;
/** Without a DATA packet for this long the file is closed. */
const FILE_LIMIT_MS = 10_000;

export interface PacketHost {
  /** Straight to the wire. */
  send(text: string): void;
  /** The value as `E.toJS` writes it. Throws what the program throws. */
  evaluateToJs(source: string): string;
  /** As JSON that needs no quotes; undefined if it is none. */
  parse(text: string): Record<string, unknown> | undefined;
  fireEvent(name: string, value: object): void;
  storageWrite(name: string, data: string, at: { offset: number; size: number }): void;
  storageRead(name: string): string | undefined;
  uncaught(error: unknown): void;
  after(delayMs: number, run: () => void): () => void;
}

export interface PacketHandler {
  /** `head` is type and length. */
  handle(head: number, data: string): void;
  stop(): void;
}

export function makePacketHandler(host: PacketHost): PacketHandler {
  let file: { name: string; size: number; offset: number } | undefined;
  let cancelFile: () => void = () => undefined;

  const closeFile = () => {
    cancelFile();
    file = undefined;
  };
  const waitForData = () => {
    cancelFile();
    cancelFile = host.after(FILE_LIMIT_MS, closeFile);
  };
  const reply = (type: number, data: string) => {
    const head = type | data.length;
    host.send(`${PACKET_START}${String.fromCharCode(head >> 8, head & 255)}${data}`);
  };

  function evaluate(source: string): void {
    let answer: string;
    try {
      answer = host.evaluateToJs(source);
    } catch (error) {
      host.send(NAK);
      host.uncaught(error);
      return;
    }
    host.send(ACK);
    reply(PACKET.response, answer);
  }

  function beginFile(text: string) {
    closeFile();
    const head = host.parse(text);
    const isGood = typeof head?.fn === 'string' && Number(head.s) > 0 && !head.fs;
    if (isGood) {
      file = { name: String(head.fn), size: Number(head.s), offset: 0 };
      waitForData();
    }
    host.send(isGood ? ACK : NAK);
  }

  function takeData(data: string) {
    if (!file) return host.send(NAK);
    const { name, offset, size } = file;
    try {
      host.storageWrite(name, data, { offset, size });
    } catch (error) {
      host.uncaught(error);
    }
    file.offset += data.length;
    if (file.offset >= size) closeFile();
    else waitForData();
    host.send(ACK);
  }

  function sendFile(text: string) {
    const content = host.storageRead(String(host.parse(text)?.fn));
    if (content === undefined) return host.send(NAK);
    host.send(ACK);
    for (let at = 0; at < content.length; at += READ_BYTES)
      reply(PACKET.data, content.slice(at, at + READ_BYTES));
    reply(PACKET.data, '');
  }

  function event(text: string): void {
    const value = host.parse(text);
    if (value) host.fireEvent('packet', value);
    host.send(value ? ACK : NAK);
  }

  return {
    handle(head, data) {
      switch (head & TYPE_MASK) {
        case PACKET.eval:
          return evaluate(data);
        case PACKET.event:
          return event(data);
        case PACKET.fileSend:
          return beginFile(data);
        case PACKET.data:
          return takeData(data);
        case PACKET.fileReceive:
          return sendFile(data);
        default:
          return host.send(NAK);
      }
    },
    stop: closeFile,
  };
}
