// A cable that can be pulled: a TCP and UDP relay on loopback in front of a gateway's MQTT port and its probe port.
// It carries bytes as they come, looks into none, and binds nothing but 127.0.0.1.

import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';

export interface LinkTarget {
  host: string;
  tcpPort: number;
  udpPort: number;
}

export interface CutOptions {
  /** 'drop' destroys connections at once and refuses new ones; 'blackhole' leaves them open and silent. */
  how?: 'drop' | 'blackhole';
  /** With 'drop': existing connections are silent for this long before they are destroyed. */
  stallMs?: number;
}

/** Ways back for datagrams are forgotten, oldest first, beyond this many senders. */
const SENDER_LIMIT = 256;
/** Equal port numbers on TCP and UDP are looked for this often before giving up. */
const PORT_TRIES = 20;

type Pair = { near: net.Socket; far: net.Socket };

export class LinkRelay {
  readonly #target: LinkTarget;
  readonly #tcp: net.Server;
  readonly #udp: dgram.Socket;
  readonly #pairs = new Set<Pair>();
  readonly #senders = new Map<string, dgram.Socket>();
  readonly #waiting = new Set<net.Socket>();
  #state: 'whole' | 'drop' | 'blackhole' = 'whole';
  #stall: NodeJS.Timeout | undefined;

  private constructor(target: LinkTarget, servers: { tcp: net.Server; udp: dgram.Socket }) {
    this.#target = target;
    this.#tcp = servers.tcp;
    this.#udp = servers.udp;
    this.#tcp.on('connection', (near) => this.#accept(near));
    this.#udp.on('message', (bytes, from) => this.#carry(bytes, from));
  }

  /** Listens on free ports: the same number for both when the target's are the same. */
  static async start(options: { target: LinkTarget }): Promise<LinkRelay> {
    const { target } = options;
    const samePort = target.tcpPort === target.udpPort;
    for (let tries = 1; ; tries++) {
      const tcp = net.createServer();
      tcp.listen(0, '127.0.0.1');
      await once(tcp, 'listening');
      const udp = dgram.createSocket('udp4');
      udp.bind(samePort ? (tcp.address() as net.AddressInfo).port : 0, '127.0.0.1');
      try {
        await once(udp, 'listening');
        return new LinkRelay(target, { tcp, udp });
      } catch (error) {
        tcp.close();
        if (tries >= PORT_TRIES) throw error;
      }
    }
  }

  get tcpPort(): number {
    return (this.#tcp.address() as net.AddressInfo).port;
  }

  get udpPort(): number {
    return this.#udp.address().port;
  }

  /** Pulls the cable; datagrams are lost either way. */
  cut(options: CutOptions = {}): void {
    this.#state = options.how ?? 'drop';
    clearTimeout(this.#stall);
    for (const { near, far } of this.#pairs) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
    if (this.#state === 'drop') this.#stall = setTimeout(() => this.#destroyAll(), options.stallMs ?? 0);
  }

  /** Connections that were silent stay dead, as after a long outage: their ends are destroyed. */
  restore(): void {
    if (this.#state === 'whole') return;
    this.#state = 'whole';
    this.#destroyAll();
  }

  async close(): Promise<void> {
    this.#destroyAll();
    for (const sender of this.#senders.values()) sender.close();
    this.#senders.clear();
    const closed = [once(this.#tcp, 'close'), once(this.#udp, 'close')];
    this.#tcp.close();
    this.#udp.close();
    await Promise.all(closed);
  }

  #accept(near: net.Socket): void {
    near.on('error', () => near.destroy());
    if (this.#state === 'drop') {
      near.resetAndDestroy();
      return;
    }
    if (this.#state === 'blackhole') {
      this.#waiting.add(near.pause());
      near.on('close', () => this.#waiting.delete(near));
      return;
    }
    const far = net.connect({ host: this.#target.host, port: this.#target.tcpPort, noDelay: true });
    const pair = { near: near.setNoDelay(), far };
    this.#pairs.add(pair);
    const end = (): void => {
      // While the cable is out, one end's going is not seen at the other.
      if (this.#state !== 'whole') return;
      near.destroySoon();
      far.destroySoon();
      if (near.destroyed && far.destroyed) this.#pairs.delete(pair);
    };
    far.on('error', () => far.destroy());
    near.on('close', end);
    far.on('close', end);
    near.pipe(far);
    far.pipe(near);
  }

  #carry(bytes: Buffer, from: dgram.RemoteInfo): void {
    if (this.#state !== 'whole') return;
    this.#senderFor(from).send(bytes, this.#target.udpPort, this.#target.host);
  }

  #senderFor(from: dgram.RemoteInfo): dgram.Socket {
    const key = `${from.address}:${from.port}`;
    const known = this.#senders.get(key);
    if (known) return known;
    const sender = dgram.createSocket('udp4');
    sender.on('message', (bytes) => {
      if (this.#state === 'whole') this.#udp.send(bytes, from.port, from.address);
    });
    // A datagram that cannot be carried is lost, as on a cable.
    sender.on('error', () => undefined);
    this.#senders.set(key, sender);
    if (this.#senders.size > SENDER_LIMIT) {
      const [oldestKey, oldest] = this.#senders.entries().next().value!;
      this.#senders.delete(oldestKey);
      oldest.close();
    }
    return sender;
  }

  #destroyAll(): void {
    clearTimeout(this.#stall);
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    for (const near of this.#waiting) near.destroy();
    this.#pairs.clear();
    this.#waiting.clear();
  }
}
