// One MQTT 3.1.1 connection over a socket: connect with will, subscribe, publish with QoS 1, acknowledge what
// comes, keep alive. Lives for one socket; whoever uses it reconnects. Says nothing about the gateway's disk.
import type { Socket, SocketHandlers, TimerId, Timers } from '../ports.ts';
import { createDecoder, type DecodeError, type Packet } from './decoder.ts';
import {
  type ConnectFields,
  encodeConnect,
  encodePuback,
  encodePublish,
  encodeSubscribe,
  PINGREQ,
} from './packets.ts';

/** Publishes without PUBACK; with more, `publish` refuses. */
export const PUBLISH_LIMIT = 20;
/** Written and not drained; beyond it `publish` refuses, and beyond twice of it the connection ends. */
export const QUEUE_LIMIT_BYTES = 8192;
/** From the socket's opening to the subscription. */
export const OPEN_LIMIT_MS = 10_000;
const SUBSCRIBE_ID = 1;

export type CloseReason =
  | DecodeError
  | 'mqtt.socket'
  | 'mqtt.refused'
  | 'mqtt.protocol'
  | 'mqtt.timeout'
  | 'mqtt.queue'
  | 'mqtt.ended';

export interface ClientHandlers {
  /** Connected and subscribed. */
  onReady(): void;
  onMessage(topic: string, payload: string): void;
  /** `publish` may succeed again. */
  onRoom(): void;
  /** Once, last. */
  onClosed(reason: CloseReason): void;
}

export interface ClientOptions {
  timers: Timers;
  connect: ConnectFields;
  filters: string[];
  packetLimitBytes: number;
  open(handlers: SocketHandlers): Socket;
  handlers: ClientHandlers;
}

export interface MqttClient {
  /** False when it was not taken: not ready, too many in flight or too many bytes queued. */
  publish(topic: string, payload: string): boolean;
  /** Ends it without DISCONNECT, so that the server publishes the will [MQTT-3.1.2-8]. */
  end(): void;
}

type Phase = 'opening' | 'connecting' | 'subscribing' | 'ready' | 'closed';

export function openClient(options: ClientOptions): MqttClient {
  const timers = options.timers;
  const handlers = options.handlers;
  const decoder = createDecoder(options.packetLimitBytes);
  const inFlight: number[] = [];
  let phase: Phase = 'opening';
  let queuedBytes = 0;
  let lastId = SUBSCRIBE_ID;
  let pinged = false;
  let timer: TimerId;

  function close(reason: CloseReason): void {
    if (phase === 'closed') return;
    phase = 'closed';
    timers.cancel(timer);
    socket.end();
    handlers.onClosed(reason);
  }

  function write(packet: string): void {
    queuedBytes += packet.length;
    if (queuedBytes > 2 * QUEUE_LIMIT_BYTES) close('mqtt.queue');
    else socket.write(packet);
  }

  /** [MQTT-3.1.2-23] asks at half of the keep-alive; a connection that does not answer until the next is dead. */
  function keepAlive(): void {
    if (pinged) {
      close('mqtt.timeout');
      return;
    }
    pinged = true;
    timer = timers.after(options.connect.keepAliveSeconds * 500, keepAlive);
    write(PINGREQ);
  }

  /** [MQTT-2.3.1-2] an identifier that is not in use. */
  function nextId(): number {
    do lastId = (lastId % 65_535) + 1;
    while (inFlight.includes(lastId));
    return lastId;
  }

  function take(packet: Packet): boolean {
    if (phase === 'connecting') {
      // [MQTT-3.2.0-1] the first packet of a server is CONNACK.
      if (packet.type !== 'connack') close('mqtt.protocol');
      else if (packet.code !== 0) close('mqtt.refused');
      else {
        phase = 'subscribing';
        write(encodeSubscribe(options.filters, SUBSCRIBE_ID));
      }
    } else if (packet.type === 'publish') {
      handlers.onMessage(packet.topic, packet.payload);
      // [MQTT-4.3.2-2] after the message was taken over.
      if (packet.packetId && phase !== 'closed') write(encodePuback(packet.packetId));
    } else if (packet.type === 'puback') {
      const at = inFlight.indexOf(packet.packetId);
      if (at >= 0) {
        inFlight.splice(at, 1);
        handlers.onRoom();
      }
    } else if (packet.type === 'pingresp') {
      pinged = false;
    } else if (packet.type === 'suback' && phase === 'subscribing' && packet.packetId === SUBSCRIBE_ID) {
      subscribed(packet.codes);
    } else {
      close('mqtt.protocol');
    }
    return phase !== 'closed';
  }

  /** [MQTT-3.9.3] one code for each filter, 0x80 for refused. */
  function subscribed(codes: string): void {
    if (codes.length !== options.filters.length || codes.includes('\x80')) {
      close('mqtt.refused');
      return;
    }
    phase = 'ready';
    timers.cancel(timer);
    timer = timers.after(options.connect.keepAliveSeconds * 500, keepAlive);
    handlers.onReady();
  }

  const socket: Socket = options.open({
    onConnect() {
      if (phase !== 'opening') return;
      phase = 'connecting';
      write(encodeConnect(options.connect));
    },
    onData(data) {
      if (phase === 'opening' || phase === 'closed') return;
      const error = decoder.push(data, take);
      if (error) close(error);
    },
    onDrain() {
      queuedBytes = 0;
      if (phase === 'ready') handlers.onRoom();
    },
    onClose() {
      close('mqtt.socket');
    },
  });
  // Behind the opening: where that throws, nothing is left to end.
  timer = timers.after(OPEN_LIMIT_MS, () => close('mqtt.timeout'));

  return {
    publish(topic, payload) {
      if (phase !== 'ready' || inFlight.length >= PUBLISH_LIMIT) return false;
      if (queuedBytes > 0 && queuedBytes + topic.length + payload.length > QUEUE_LIMIT_BYTES) return false;
      const packetId = nextId();
      inFlight.push(packetId);
      write(encodePublish(topic, payload, packetId));
      return true;
    },
    end() {
      close('mqtt.ended');
    },
  };
}
