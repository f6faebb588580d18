// What listens at the gateway's port in a simulated network: connections over TCP and single datagrams on the same
// number. Real sockets and the virtual network both drive it.

export interface ServerConnection {
  write(bytes: Uint8Array): void;
  end(): void;
}

export interface ConnectionHandlers {
  onData(bytes: Uint8Array): void;
  /** Once, last. */
  onClose(): void;
}

export interface SimulatedServer {
  accept(connection: ServerConnection): ConnectionHandlers;
  /** The answer to a datagram, if it deserves one. */
  answer(datagram: Uint8Array): Uint8Array | undefined;
}
