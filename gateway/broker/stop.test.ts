import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startTestHall } from '../testing-hall.ts';

describe('a gateway that is told to stop', () => {
  it('waits for no connection that never said a word, and keeps what it was storing', async () => {
    const hall = await startTestHall();
    const identity = await hall.register('a01', 'a01');
    const silent = connect(hall.gateway.addresses.mqtt.port, '127.0.0.1');
    await once(silent, 'connect');
    const ended = once(silent, 'close');
    const device = await hall.connect(identity);
    const sent = Array.from({ length: 50 }, (_, index) => device.sendRecord(device.sign({ seq: index + 1 })));
    const settled = Promise.allSettled(sent);
    await hall.gateway.stop();
    await ended;
    await device.end();
    const acknowledged = (await settled).filter(({ status }) => status === 'fulfilled').length;
    await hall.restart();
    const { body } = await hall.call('GET', '/v1/status');
    expect(body.evaluations).toBeGreaterThanOrEqual(acknowledged);
    await hall.end();
  });
});
