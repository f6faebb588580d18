import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealEnvelope } from '../../protocol/keys.ts';
import type { DeviceIdentity } from '../fleet/registry.ts';
import { SAMPLE_HEALTH } from '../testing/sample-health.ts';
import { startTestHall, type TestHall } from '../testing-hall.ts';
import { ALARM_CODES, alarmsOf, type Standing } from './alarms.ts';

const quiet: Standing = {
  storing: true,
  clockHeld: false,
  unknownYears: [],
  awaited: 0,
  silentSinceStart: 0,
  brokerConnected: undefined,
  upstreamAway: [],
  stuck: 0,
  counts: {},
  evaluators: [],
};

describe('alarms', () => {
  it('are none while all is well, and each has its own cause', () => {
    expect(alarmsOf(quiet)).toEqual([]);
    expect(alarmsOf({ ...quiet, brokerConnected: true })).toEqual([]);
    const causes: [Partial<Standing>, string][] = [
      [{ storing: false }, 'store.unavailable'],
      [{ brokerConnected: false }, 'broker.away'],
      [{ awaited: 1 }, 'epoch.catching-up'],
      [{ silentSinceStart: 1 }, 'start.waiting'],
      [{ clockHeld: true }, 'clock.held'],
      [{ unknownYears: [2031] }, 'calendar.unknown-year'],
      [{ upstreamAway: ['province'] }, 'upstream.away'],
      [{ stuck: 2 }, 'upstream.stuck'],
      [{ counts: { 'evaluation.different': 1 } }, 'evaluation.different'],
      [{ counts: { 'evaluation.signature': 1 } }, 'evaluation.signature'],
      [{ counts: { 'quarantine.full': 1 } }, 'quarantine.full'],
      [{ counts: { 'connect.replayed': 1 } }, 'evaluator.replayed'],
      [{ evaluators: ['fault'] }, 'evaluator.fault'],
      [{ evaluators: ['keys'] }, 'evaluator.keys'],
      [{ evaluators: ['resets'] }, 'evaluator.resets'],
      [{ evaluators: ['clock'] }, 'evaluator.clock'],
    ];
    for (const [cause, code] of causes)
      expect(alarmsOf({ ...quiet, ...cause }).map((alarm) => alarm.code)).toEqual([code]);
    expect(causes.map(([, code]) => code)).toEqual(ALARM_CODES);
  });
});

describe('a running gateway', () => {
  let hall: TestHall;
  let identity: DeviceIdentity;
  beforeAll(async () => {
    hall = await startTestHall();
    identity = await hall.register('a01', 'a01');
  });
  afterAll(() => hall.end());

  const metrics = async () => {
    const response = await fetch(new URL('/metrics', hall.gateway.addresses.http.url));
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    return response.text();
  };

  it('tells Prometheus of evaluators, alarms and refusals, by name and without a key', async () => {
    const device = await hall.connect(identity);
    await device.sayHello();
    await device.waitFor(({ kind }) => kind === 'time');
    const health = {
      ...SAMPLE_HEALTH,
      n: 2,
      journal: { unsent: 3, capacity: 1000 },
      fault: 1,
      resets: 7,
      drift: -3,
    };
    await device.publish('health', sealEnvelope(device.session.up, 'health', health));
    await device.publish('evaluation', JSON.stringify({ ...device.sign({ seq: 1 }), level: 1 }));
    await expect.poll(metrics).toContain('pingjia_alarm{code="evaluation.signature"} 1');
    const text = await metrics();
    for (const line of [
      'pingjia_evaluators{state="online"} 1',
      'pingjia_evaluator_unsent_records{device="a01"} 3',
      'pingjia_events_total{name="evaluation.signature"} 1',
      'pingjia_evaluator_fault{device="a01"} 1',
      'pingjia_evaluator_resets{device="a01"} 7',
      'pingjia_evaluator_clock_drift_ppm{device="a01"} -3',
      'pingjia_alarm{code="evaluator.fault"} 1',
      'pingjia_alarm{code="evaluator.keys"} 0',
      'pingjia_alarm{code="clock.held"} 0',
      'pingjia_epoch 1',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).not.toMatch(/[一-龥]/);
    await device.end();
  });

  it('says after a restart that windows wait for their evaluator, and no more once it said hello', async () => {
    await hall.restart();
    const ready = async () => {
      const response = await fetch(new URL('/readyz', hall.gateway.addresses.http.url));
      return ((await response.json()) as { warnings: string[] }).warnings;
    };
    expect(await ready()).toEqual(['start.waiting']);
    const device = await hall.connect(identity, { boot: 9 });
    await device.sayHello({ acked: 7, oldest: 2, next: 8 });
    await expect.poll(ready).toEqual(['epoch.catching-up']);
    const status = (await hall.call('GET', '/v1/status')).body;
    expect(status).toMatchObject({
      epoch: { awaited: [{ device: 'a01', window: 'a01', missing: 6 }] },
      alarms: [{ code: 'epoch.catching-up', remedy: expect.stringContaining('pingjia device abandon') }],
    });
    await device.waitFor(({ message }) => message.do === 'resend' && message.from === 2);
    for (let seq = 2; seq <= 7; seq += 1) await device.sendRecord(device.sign({ seq }));
    await expect.poll(ready).toEqual([]);
    await device.end();
  });
});
