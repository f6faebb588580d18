// The line to a board: bytes both ways, one character each. Serial ports and sockets look alike from here on.

export interface ByteStream {
  write(text: string): void;
  onText(listener: (text: string) => void): void;
  /** Called once, when the other end is gone. */
  onEnd(listener: () => void): void;
  close(): Promise<void>;
}
