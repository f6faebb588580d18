// The gateway's side of the wire for one device, from protocol/ alone: probe, connect proof, envelopes, `ack`
// after "committing" to a map. It exists to test the firmware's link; the real gateway is in gateway/.
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { Compile } from 'typebox/compile';
import type { DownKind, UpKind } from '../../../protocol/constants.ts';
import {
  connectProofIsRight,
  deriveKeys,
  deriveSessionKeys,
  evaluationIsSigned,
  openEnvelope,
  parseConnectPassword,
  type SessionKeys,
  sealEnvelope,
} from '../../../protocol/keys.ts';
import { type Evaluation, type Hello, UP_MESSAGES } from '../../../protocol/messages.ts';
import { encodeProbeAnswer, parseProbe } from '../../../protocol/probe.ts';
import { parseTopic, topicOf } from '../../../protocol/topics.ts';

export interface MiniGateway {
  readonly port: number;
  /** By sequence, what was committed. */
  readonly committed: Map<number, Evaluation>;
  /** What came beyond what is committed already. */
  readonly repeated: number[];
  readonly hellos: Hello[];
  readonly health: unknown[];
  readonly wills: number;
  /** What broke the contract; a test expects it empty. */
  readonly offences: string[];
  /** Commits and does not say so. */
  acks: boolean;
  /** Answers hello. */
  answers: boolean;
  refuses: boolean;
  send(kind: DownKind, message: Record<string, unknown>): void;
  /** Sends a payload as it is. */
  sendRaw(kind: DownKind, payload: string): void;
  /** Seals with the keys of an earlier or the present session, without sending. */
  seal(kind: DownKind, message: object, sessionIndex: number): string;
  readonly sessions: number;
  /** As a kill: no connection is ended in order. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const device = { hall: 'harbin', device: 'a03' };
const deviceHandle = '0123456789abcdef';
const keyOf = Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 7 + 3) & 255));
const checks = {
  hello: Compile(UP_MESSAGES.hello),
  evaluation: Compile(UP_MESSAGES.evaluation),
  health: Compile(UP_MESSAGES.health),
  will: Compile(UP_MESSAGES.will),
  progress: Compile(UP_MESSAGES.progress),
};

export async function startMiniGateway(): Promise<MiniGateway> {
  const keys = deriveKeys({ key: keyOf, deviceHandle, gen: 1 });
  const nonces = new Set<string>();
  const sessionKeys: SessionKeys[] = [];
  const sockets = new Set<Socket>();
  let highest = [0, 0];
  let broker: Aedes | undefined;
  let server: Server | undefined;
  let udp: UdpSocket | undefined;
  let sentCounter = 0;
  let upCounter = 0;
  let skipped: [number, number][] = [];

  const gateway = {
    port: 0,
    committed: new Map<number, Evaluation>(),
    repeated: [] as number[],
    hellos: [] as Hello[],
    health: [] as unknown[],
    wills: 0,
    offences: [] as string[],
    acks: true,
    answers: true,
    refuses: false,
    get sessions() {
      return sessionKeys.length;
    },
    sendRaw(kind: DownKind, payload: string) {
      broker?.publish(
        {
          cmd: 'publish',
          topic: topicOf(device, kind),
          payload: Buffer.from(payload, 'latin1'),
          qos: 1,
          retain: false,
          dup: false,
        },
        (error) => error && gateway.offences.push(String(error)),
      );
    },
    seal: (kind: DownKind, message: object, index: number) =>
      sealEnvelope(sessionKeys.at(index)!.down, kind, message),
    send(kind: DownKind, message: Record<string, unknown>) {
      gateway.sendRaw(kind, gateway.seal(kind, { n: ++sentCounter, ...message }, -1));
    },
    start,
    stop,
  };

  function watermark(): number {
    let seq = 0;
    for (;;) {
      const range = skipped.find(([first, last]) => first <= seq + 1 && last > seq);
      if (range) seq = range[1];
      else if (gateway.committed.has(seq + 1)) seq++;
      else return seq;
    }
  }

  function takeEvaluation(payload: string): void {
    const record = JSON.parse(payload) as Evaluation;
    if (!checks.evaluation.Check(record)) gateway.offences.push(`schema ${payload}`);
    else if (
      !evaluationIsSigned(deriveKeys({ key: keyOf, deviceHandle, gen: record.gen }), deviceHandle, record)
    )
      gateway.offences.push(`signature ${payload}`);
    const before = gateway.committed.get(record.seq);
    if (before) {
      gateway.repeated.push(record.seq);
      if (before.sig !== record.sig) gateway.offences.push(`different ${record.seq}`);
    } else gateway.committed.set(record.seq, record);
    if (gateway.acks) gateway.send('ack', { upTo: watermark(), epoch: 1 });
  }

  function take(kind: UpKind, payload: string): void {
    if (kind === 'evaluation') {
      takeEvaluation(payload);
      return;
    }
    const body = openEnvelope(sessionKeys.at(-1)!.up, kind, payload);
    if (body === undefined) {
      // A will may come when the next session is there already.
      if (kind !== 'will') gateway.offences.push(`mac ${kind}`);
      else gateway.wills++;
      return;
    }
    const message = JSON.parse(body);
    if (!checks[kind].Check(message)) gateway.offences.push(`schema ${kind} ${body}`);
    if (kind === 'will') {
      gateway.wills++;
      return;
    }
    if (message.n <= upCounter) gateway.offences.push(`counter ${kind}`);
    upCounter = message.n;
    if (kind === 'health') gateway.health.push(message);
    if (kind === 'hello') {
      gateway.hellos.push(message);
      skipped = message.missing;
    }
    if (!gateway.answers) return;
    gateway.send('time', { echo: message.uptime, wall: 1_770_966_000_000 });
    if (kind === 'hello') gateway.send('ack', { upTo: watermark(), epoch: 1 });
  }

  async function createBroker(): Promise<Aedes> {
    return await Aedes.createBroker({
      authenticate(_client, _user, password, done) {
        const proof = parseConnectPassword(String(password));
        const no = (why: string) => {
          if (!gateway.refuses) gateway.offences.push(why);
          done(Object.assign(new Error(why), { returnCode: 5 }), false);
        };
        if (gateway.refuses || !proof) return no('password');
        if (!nonces.delete(proof.nonce)) return no('nonce');
        if (!connectProofIsRight(keys, deviceHandle, proof)) return no('proof');
        if (proof.boot < highest[0]! || (proof.boot === highest[0] && proof.conn <= highest[1]!))
          return no('replayed');
        highest = [proof.boot, proof.conn];
        sessionKeys.push(deriveSessionKeys(keys, { ...proof, deviceHandle }));
        sentCounter = 0;
        upCounter = 0;
        done(null, true);
      },
      authorizePublish(_client, packet, done) {
        const topic = parseTopic(packet.topic);
        if (topic?.direction !== 'up') gateway.offences.push(`topic ${packet.topic}`);
        else take(topic.kind as UpKind, packet.payload.toString('latin1'));
        done(null);
      },
    });
  }

  async function start(): Promise<void> {
    const opened = await createBroker();
    broker = opened;
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      opened.handle(socket);
    });
    udp = createSocket('udp4');
    udp.on('message', (data, from) => {
      const probe = parseProbe(data);
      if (!probe) return void gateway.offences.push('probe');
      const nonce = randomBytes(16).toString('hex');
      nonces.add(nonce);
      udp?.send(encodeProbeAnswer({ token: probe.token, nonce }), from.port, from.address);
    });
    await new Promise<void>((resolve) => server!.listen(gateway.port, '127.0.0.1', resolve));
    gateway.port = (server.address() as { port: number }).port;
    await new Promise<void>((resolve) => udp!.bind(gateway.port, '127.0.0.1', resolve));
  }

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => udp!.close(() => resolve(undefined)));
    await new Promise((resolve) => server!.close(resolve));
    await new Promise<void>((resolve) => broker!.close(() => resolve()));
  }

  await start();
  return gateway;
}
