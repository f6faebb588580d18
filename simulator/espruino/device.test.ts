import { describe, expect, it } from 'vitest';
import type { FlashChip, StorageFiles, Stream, StreamHandlers, WorldClock, WorldNet } from '../ports.ts';
import { createEspruinoDevice } from './device.ts';
import { ESP32, LINUX } from './geometry.ts';

/** A clock that goes only when told, running what is due in order. */
function virtualClock(): WorldClock & { go(ms: number): void } {
  let nowMs = 5_000;
  let waiting: { atMs: number; run: () => void }[] = [];
  return {
    wallMs: () => 1_700_000_000_000 + nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, run) {
      const entry = { atMs: nowMs + delayMs, run };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    go(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        const next = waiting.filter((entry) => entry.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (!next) break;
        waiting = waiting.filter((entry) => entry !== next);
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
      }
      nowMs = endMs;
    },
  };
}

function memoryFlash(): FlashChip {
  const image = new Uint8Array(LINUX.flashBytes).fill(0xff);
  return {
    bytes: LINUX.flashBytes,
    pageBytes: LINUX.pageBytes,
    read: (address, length) => image.slice(address, address + length),
    write: (address, data) => {
      for (const [index, byte] of data.entries()) image[address + index]! &= byte;
    },
    erasePage: (address) => void image.fill(0xff, address, address + LINUX.pageBytes),
  };
}

function world(program: string, geometry = LINUX) {
  const clock = virtualClock();
  const streams: { handlers: StreamHandlers; written: string; ended: boolean }[] = [];
  const files = new Map([['.bootcde', new Uint8Array(Buffer.from(program))]]);
  const storage: StorageFiles = {
    read: (name) => files.get(name),
    write: (name, data) => void files.set(name, Uint8Array.from(data)),
    erase: (name) => void files.delete(name),
    names: () => [...files.keys()],
  };
  let refuse = false;
  const net: WorldNet = {
    connect(_to, handlers): Stream {
      const stream = { handlers, written: '', ended: false };
      streams.push(stream);
      if (refuse) handlers.onClose(-9);
      return {
        write: (bytes) => {
          stream.written += Buffer.from(bytes).toString('latin1');
        },
        end: () => {
          stream.ended = true;
        },
      };
    },
    openDatagrams: () => ({ send: () => undefined, close: () => undefined }),
  };
  const device = createEspruinoDevice({
    ports: { clock, net, flash: memoryFlash(), files: storage },
    geometry,
  });
  const lines: string[] = [];
  device.onConsoleLine((line) => lines.push(line));
  const setRefuse = (value: boolean) => {
    refuse = value;
  };
  return { clock, streams, device, lines, setRefuse };
}

const CONNECT =
  'function dial(){return require("net").connect({host:"10.0.0.1",port:1883},function(){print("connected");});}';

describe('an evaluator in a world of its own', () => {
  it('takes no key and no timer while it is connecting, and all of them after', () => {
    const { clock, streams, device, lines } = world(
      `${CONNECT}setWatch(function(e){print("key",e.state);},D5,{repeat:true,edge:"rising"});setTimeout(function(){print("timer");},100);`,
    );
    device.powerOn();
    device.prompt('dial();print("dialled")');
    device.setPin(5, true);
    clock.go(30_000);
    expect(lines).toEqual(['dialled']);
    streams[0]!.handlers.onConnect();
    clock.go(1);
    expect(lines.slice(1).sort()).toEqual(['connected', 'key true', 'timer']);
  });

  it('learns of a refusal at once by an exception where the network answers at once', () => {
    const { device, lines, setRefuse } = world(CONNECT);
    setRefuse(true);
    device.powerOn();
    device.prompt('try{dial();}catch(e){print("refused",e.message,e instanceof Error);}');
    expect(lines).toEqual(['refused Unable to create socket true']);
  });

  it('reads a bouncing key once, when it has been still for as long as asked', () => {
    const { clock, device, lines } = world(
      'setWatch(function(e){print(e.state,(e.time-e.lastTime)>0.01);},D7,{repeat:true,edge:"both",debounce:20});',
    );
    device.powerOn();
    for (const level of [true, false, true]) {
      device.setPin(7, level);
      clock.go(5);
    }
    expect(lines).toEqual([]);
    clock.go(20);
    device.setPin(7, false);
    clock.go(30);
    expect(lines).toEqual(['true false', 'false true']);
  });

  it('loses its boot code and restarts when a program switches Bluetooth', () => {
    const { clock, device, lines } = world('print("started");', ESP32);
    device.powerOn();
    device.prompt('require("ESP32").enableBLE(false)');
    clock.go(1);
    device.prompt('print(require("Storage").read(".bootcde"))');
    expect(lines).toEqual(['started', 'undefined']);
  });

  it('begins in 1970 after a power cut and keeps its time through a restart', () => {
    const { clock, device, lines } = world('print(new Date().getFullYear());');
    device.powerOn();
    device.prompt('setTime(1700000000);load()');
    clock.go(1);
    device.powerOff();
    device.powerOn();
    expect(lines).toEqual(['1970', '2023', '1970']);
  });

  it('does nothing for the world after its power was cut, and its sockets are gone', () => {
    const { clock, streams, device, lines } = world(`${CONNECT}setInterval(function(){print("tick");},10);`);
    device.powerOn();
    device.prompt('var s=dial();s.on("data",print);s.on("close",print);');
    streams[0]!.handlers.onConnect();
    clock.go(15);
    device.powerOff();
    expect(streams[0]!.ended).toBe(true);
    streams[0]!.handlers.onData(Uint8Array.of(65));
    streams[0]!.handlers.onClose(0);
    clock.go(100);
    expect(lines).toEqual(['connected', 'tick']);
  });

  it('sees a key on a pulled-up pin as up until it is pressed', () => {
    const { device, lines } = world(
      'D6.mode("input_pullup");print(D6.read());setWatch(function(){print("edge",D6.read());},D6,{repeat:true,edge:"both"});',
    );
    device.powerOn();
    device.setPin(6, false);
    device.setPin(6, true);
    expect(lines).toEqual(['true', 'edge false', 'edge true']);
  });

  it('tells the hardware what is written to pins and buses', () => {
    const { device } = world(
      'digitalWrite([D2,D4],1);SPI1.write([1,2],"a",D3);analogWrite(D9,0.5,{freq:440});',
    );
    const events: unknown[] = [];
    device.onHardware((event) => events.push(event));
    device.powerOn();
    expect(events).toEqual([
      { kind: 'digital', pin: 4, value: true },
      { kind: 'digital', pin: 2, value: false },
      { kind: 'bus-write', bus: 'SPI1', bytes: Uint8Array.of(1, 2, 97) },
      { kind: 'analog', pin: 9, value: 0.5, frequencyHz: 440 },
    ]);
  });
});
