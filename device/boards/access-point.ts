// The access point of a board with Wi-Fi and the port of its set-up page. Only the part `setup` has it; on a board without
// Wi-Fi opening throws. The way into the hall's Wi-Fi is tried on meanwhile.

/** What the interpreter has for it; declared here, because the type of a part is read where its globals are not known. */
declare function library(name: 'Wifi'): {
  startAP(name: string, options: { password: string; authMode: 'wpa2' }, started: () => void): void;
  stopAP(): void;
};
declare function library(name: 'net'): {
  createServer(onClient: (client: Client) => void): { listen(port: number): void; close(): void };
};

export interface Client {
  on(event: 'data', run: (data: string) => void): void;
  on(event: 'close' | 'error', run: () => void): void;
  write(data: string): void;
  end(): void;
}

const HTTP_PORT = 80;

/** Gives what closes both. */
export function openAccessPoint(
  options: { name: string; password: string },
  onClient: (client: Client) => void,
): () => void {
  const wifi = library('Wifi');
  const server = library('net').createServer(onClient);
  let open = true;
  wifi.startAP(options.name, { password: options.password, authMode: 'wpa2' }, () => {
    if (open) server.listen(HTTP_PORT);
  });
  return () => {
    open = false;
    server.close();
    wifi.stopAP();
  };
}
