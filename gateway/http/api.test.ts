import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDeviceDatabase } from '../fleet-access.ts';
import { StoreUnavailable } from '../ports.ts';
import { putCase, startTestHall, TEST_STAFF, type TestHall } from '../testing-hall.ts';
import { buildHttpApp } from './app.ts';
import { API_ERRORS } from './errors.ts';

let hall: TestHall;
beforeAll(async () => {
  hall = await startTestHall();
});
afterAll(() => hall.end());

const taskName = '不动产转移登记';
const taskCode = '1123100000000000014000118004001';
const invite = (projectNo: string, options: object = {}) =>
  hall.call('POST', '/v1/invitations', {
    body: { window: 'a01', services: [{ projectNo, assessNumber: 1 }], ...options },
  });

describe('the API of window systems', () => {
  it('follows a case from its opening to its evaluation', async () => {
    const identity = await hall.register('a01', 'a01');
    const device = await hall.connect(identity);
    await device.sayHello();
    const created = await hall.call('PUT', '/v1/cases/P-1', { body: { taskCode, taskName } });
    expect([created.status, created.body]).toEqual([201, { projectNo: 'P-1', change: 'created' }]);
    const service = {
      serviceName: '受理',
      servedAt: '2026-02-13T09:30:00+08:00',
      staff: TEST_STAFF,
      window: 'a01',
    };
    const put = () => hall.call('PUT', '/v1/cases/P-1/services/1', { body: service });
    expect((await put()).status).toBe(201);
    expect(await put()).toMatchObject({ status: 200, body: { change: 'unchanged' } });
    const completed = await hall.call('POST', '/v1/cases/P-1/completion', {
      body: { completedAt: '2026-02-13T01:35:00Z' },
    });
    expect(completed.body).toEqual({ projectNo: 'P-1', completedAt: '2026-02-13T09:35:00.000+08:00' });

    const invited = await invite('P-1');
    expect(invited.status).toBe(201);
    expect(invited.body).toMatchObject({ state: 'open', window: 'a01', device: 'a01' });
    const invitation = invited.body.invitation as string;
    const card = await device.waitFor(
      ({ kind, message }) => kind === 'card' && message.invitation === invitation,
    );
    expect(card.message).toMatchObject({ term: 600, matter: { w: 304, h: 64 }, who: { w: 304, h: 32 } });

    const wall = Date.parse('2026-02-13T09:40:00+08:00');
    await device.sendRecord(device.sign({ seq: 1, boot: 7, level: 4, invitation, wall, flags: 4 }));
    const state = await hall.call('GET', `/v1/invitations/${invitation}`);
    const press = { level: 4, pressedAt: '2026-02-13T09:40:00.000+08:00', device: 'a01', seq: 1 };
    expect(state.body).toEqual({ invitation, state: 'evaluated', evaluation: press });
    const list = await hall.call('GET', '/v1/evaluations?level=4');
    expect(list.body.evaluations).toEqual([
      expect.objectContaining({
        ...press,
        state: 'effective',
        services: [{ projectNo: 'P-1', assessNumber: 1, taskName, upstream: 'waiting' }],
      }),
    ]);
    const status = await hall.call('GET', '/v1/status');
    expect(status.body).toMatchObject({
      hall: { id: 'test-hall' },
      devices: [{ id: 'a01', window: 'a01', online: true, unsentRecords: 0 }],
      evaluations: 1,
      backlog: { records: 2 },
      upstream: [],
      refusals: { count: 0, latest: [] },
    });
    await device.end();
  });

  it('evaluates every service of a batch with one press', async () => {
    await putCase(hall, 'P-batch', 3);
    const services = [1, 2, 3].map((assessNumber) => ({ projectNo: 'P-batch', assessNumber }));
    const { body } = await invite('P-batch', { services });
    const identity = await hall.register('a02', 'a02');
    const device = await hall.connect(identity);
    await device.sayHello();
    await device.sendRecord(device.sign({ seq: 1, level: 2, invitation: body.invitation as string }));
    const list = await hall.call('GET', '/v1/evaluations?level=2');
    const [made] = list.body.evaluations as { services: object[] }[];
    expect(made!.services).toEqual(services.map((service) => expect.objectContaining(service)));
    await device.end();
  });

  it('replaces the open invitation of a window by the next one, and cancels on request', async () => {
    await putCase(hall, 'P-2');
    await putCase(hall, 'P-3');
    const first = (await invite('P-2')).body.invitation as string;
    const second = (await invite('P-3')).body.invitation as string;
    const stateOf = async (handle: string) =>
      (await hall.call('GET', `/v1/invitations/${handle}`)).body.state;
    expect([await stateOf(first), await stateOf(second)]).toEqual(['replaced', 'open']);
    const cancelled = await hall.call('DELETE', `/v1/invitations/${second}`);
    expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled', evaluation: null } });
    expect((await hall.call('DELETE', `/v1/invitations/${second}`)).body.state).toBe('cancelled');
  });

  it('gives the same answer to a repeated request with the same key, also after a restart', async () => {
    await putCase(hall, 'P-4');
    const body = { window: 'a01', services: [{ projectNo: 'P-4', assessNumber: 1 }] };
    const send = (other = {}) =>
      hall.call('POST', '/v1/invitations', { body: { ...body, ...other }, idempotencyKey: 'once' });
    const both = await Promise.all([send(), send()]);
    expect(both[0]!.body).toEqual(both[1]!.body);
    await hall.restart();
    const again = await send();
    expect([again.status, again.body]).toEqual([201, both[0]!.body]);
    expect(await send({ termSeconds: 60 })).toMatchObject({
      status: 409,
      body: { code: 'idempotency.different' },
    });
  });

  it('transfers a case, and a press still counts for the staff on the card that was shown', async () => {
    await putCase(hall, 'P-6');
    const device = await hall.connect(await hall.register('a03', 'a03'));
    await device.sayHello();
    const { body } = await invite('P-6', { window: 'a03' });
    const staff = { badgeId: 'B2', name: '李四' };
    const moved = await hall.call('POST', '/v1/cases/P-6/transfer', { body: { staff } });
    expect(moved).toMatchObject({ status: 200, body: { projectNo: 'P-6', staff, change: 'updated' } });
    const card = await device.waitFor(({ message }) => message.invitation === body.invitation);
    const shown = { invitation: body.invitation as string, staff: card.message.staff as string };
    await device.sendRecord(device.sign({ seq: 1, level: 4, ...shown }));
    const { evaluations } = (await hall.call('GET', '/v1/evaluations?limit=500')).body as {
      evaluations: { badgeId: string; services: { projectNo: string }[] }[];
    };
    const made = evaluations.find(({ services }) => services[0]?.projectNo === 'P-6');
    expect(made?.badgeId).toBe(TEST_STAFF.badgeId);
    await device.end();
  });

  it('completes a case without a time or a body, twice if need be', async () => {
    await putCase(hall, 'P-5');
    const first = await hall.call('POST', '/v1/cases/P-5/completion');
    const second = await hall.call('POST', '/v1/cases/P-5/completion', { body: {} });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body).toEqual(first.body);
  });

  it('says that it is alive and ready, without a key', async () => {
    expect(await hall.call('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await hall.call('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });
});

describe('the errors of the API', () => {
  const provoked = new Set<string>();
  const refused = async (method: string, path: string, options: Parameters<TestHall['call']>[2] = {}) => {
    const { status, body } = await hall.call(method, path, options);
    const row = API_ERRORS.find(({ code }) => code === body.code);
    expect(row, JSON.stringify(body)).toBeDefined();
    expect([status, body.remedy]).toEqual([row!.status, row!.remedy]);
    expect(body.message).toMatch(/\S/);
    provoked.add(row!.code);
    return `${row!.code} ${String(body.field ?? '')}`.trim();
  };
  const service = {
    serviceName: '受理',
    servedAt: '2026-02-13T09:30:00+08:00',
    staff: TEST_STAFF,
    window: 'a01',
  };

  it('name the code and the field', async () => {
    await putCase(hall, 'E-1', 2);
    const body = { taskCode, taskName };
    const services = [{ projectNo: 'E-1', assessNumber: 1 }];
    const handle = 'f'.repeat(16);
    const desk = { staff: null, paused: false };
    const put = (path: string, value: unknown) => refused('PUT', path, { body: value });
    const post = (value: object) => refused('POST', '/v1/invitations', { body: value });

    expect(await refused('GET', '/v1/status', { headers: { authorization: '' } })).toBe('key.missing');
    expect(await refused('GET', '/v1/status', { headers: { authorization: 'Bearer pj_x' } })).toBe(
      'key.unknown',
    );
    expect(await refused('POST', '/v1/cases/E-1/look-up', { body: {} })).toBe('key.scope');
    expect(await refused('GET', '/v1/none')).toBe('route.unknown');
    expect(await refused('PATCH', '/v1/cases/E-1')).toBe('route.unknown');
    expect(await put('/v1/cases/E-1', '{"taskCode":')).toBe('request.not-json');
    expect(
      await refused('PUT', '/v1/cases/E-1', { body: 'x', headers: { 'content-type': 'text/plain' } }),
    ).toBe('request.media-type');
    expect(await put('/v1/cases/E-1', { ...body, taskName: 'x'.repeat(70_000) })).toBe('request.too-large');
    expect(await put(`/v1/cases/${'x'.repeat(300)}`, body)).toBe('request.malformed');
    expect(await put('/v1/cases/%E0%A4%A', body)).toBe('request.malformed');

    expect(await put('/v1/cases/E-1', { taskCode })).toBe('request.field body.taskName');
    expect(await put('/v1/cases/E-1', { ...body, applicant: '张三' })).toBe('request.field body.applicant');
    expect(await put('/v1/cases/E-1', { ...body, taskName: ' ' })).toBe('request.field body.taskName');
    expect(await put('/v1/cases/E-1', { ...body, acceptedAt: '2026-02-30T00:00:00Z' })).toBe(
      'request.field body.acceptedAt',
    );
    expect(await put('/v1/cases/E-1', { ...body, acceptedAt: '2026-02-13 09:00' })).toBe(
      'request.field body.acceptedAt',
    );
    expect(await put('/v1/cases/E-1/services/0', service)).toBe('request.field path.assessNumber');
    expect(await put('/v1/cases/E-1/services/1', { ...service, staff: { badgeId: '1' } })).toBe(
      'request.field body.staff.name',
    );
    expect(await refused('GET', '/v1/evaluations?level=6')).toBe('request.field query.level');
    expect(await refused('GET', '/v1/evaluations?level=0')).toBe('request.field query.level');
    expect(await refused('GET', '/v1/evaluations?limit=x')).toBe('request.field query.limit');
    expect(await refused('GET', '/v1/invitations/zz')).toBe('request.field path.invitation');
    expect(await post({ window: 'a01', services: [] })).toBe('request.field body.services');
    expect(await post({ window: 'a01', services, termSeconds: 19 })).toBe('request.field body.termSeconds');
    expect(
      await refused('PUT', '/v1/windows/a01/desk', { body: desk, idempotencyKey: 'x'.repeat(101) }),
    ).toBe('request.field headers.idempotency-key');

    expect(await put('/v1/windows/b99/desk', desk)).toBe('window.unknown path.window');
    expect(await put('/v1/cases/E-1/services/1', { ...service, window: 'b99' })).toBe(
      'window.unknown body.window',
    );
    expect(await post({ window: 'b99', services })).toBe('window.unknown body.window');
    expect(await put('/v1/cases/none/services/1', service)).toBe('case.unknown path.projectNo');
    expect(await refused('POST', '/v1/cases/none/completion')).toBe('case.unknown path.projectNo');
    expect(await post({ window: 'a01', services: [{ projectNo: 'E-1', assessNumber: 9 }] })).toBe(
      'service.unknown body.services[0]',
    );
    expect(await post({ window: 'a01', services: [...services, ...services] })).toBe(
      'service.repeated body.services[1]',
    );
    expect(await refused('GET', `/v1/invitations/${handle}`)).toBe('invitation.unknown path.invitation');
    expect(await refused('DELETE', `/v1/invitations/${handle}`)).toBe('invitation.unknown path.invitation');

    await hall.call('POST', '/v1/cases/E-1/completion', {
      body: { completedAt: '2026-02-13T09:00:00+08:00' },
    });
    const completedAt = '2026-02-13T10:00:00+08:00';
    expect(await refused('POST', '/v1/cases/E-1/completion', { body: { completedAt } })).toBe(
      'case.completed body.completedAt',
    );
    expect(await refused('GET', '/v1/cases/none')).toBe('case.unknown path.projectNo');
    expect(await refused('POST', '/v1/cases/none/withdrawal')).toBe('case.unknown path.projectNo');
    await putCase(hall, 'E-9');
    expect(await refused('POST', '/v1/cases/E-9/completion', { body: { assessNumber: 7 } })).toBe(
      'service.unknown body.assessNumber',
    );
    const withdrawn = await hall.call('POST', '/v1/cases/E-9/withdrawal');
    expect((await hall.call('POST', '/v1/cases/E-9/withdrawal')).body).toEqual(withdrawn.body);
    expect(await refused('POST', '/v1/cases/E-9/completion')).toBe('case.withdrawn path.projectNo');
  });

  it('refuse to change, cancel or repeat what was invited or evaluated', async () => {
    await putCase(hall, 'E-2');
    const device = await hall.connect(await replace('a02', 'e02'));
    await device.sayHello();
    const services = [{ projectNo: 'E-2', assessNumber: 1 }];
    const body = { window: 'a02', services };
    const { invitation } = (await hall.call('POST', '/v1/invitations', { body })).body as {
      invitation: string;
    };
    expect(
      await refused('PUT', '/v1/cases/E-2/services/1', { body: { ...service, serviceName: '办结' } }),
    ).toBe('service.invited path.assessNumber');
    await device.sendRecord(device.sign({ seq: 1, invitation }));
    expect(await refused('POST', '/v1/invitations', { body })).toBe('service.evaluated body.services[0]');
    expect(await refused('DELETE', `/v1/invitations/${invitation}`)).toBe(
      'invitation.evaluated path.invitation',
    );
    await putCase(hall, 'E-3');
    const other = { window: 'a02', services: [{ projectNo: 'E-3', assessNumber: 1 }] };
    await hall.call('POST', '/v1/invitations', { body: other, idempotencyKey: 'key-1' });
    const again = { body: { ...other, termSeconds: 30 }, idempotencyKey: 'key-1' };
    expect(await refused('POST', '/v1/invitations', again)).toBe(
      'idempotency.different headers.idempotency-key',
    );
    await device.end();
  });

  async function replace(old: string, id: string) {
    const devices = await openDeviceDatabase(hall.config);
    await devices.registry.revoke(old);
    await devices.close();
    return hall.register(id, 'a02');
  }

  it('are as stable when the window has no evaluator, the caller is too fast, or the gateway fails', async () => {
    const bare = await startTestHall({ windows: [{ id: 'a01', label: 'A01' }] });
    try {
      await putCase(bare, 'E-4');
      const answer = await bare.call('POST', '/v1/invitations', {
        body: { window: 'a01', services: [{ projectNo: 'E-4', assessNumber: 1 }] },
      });
      expect(answer).toMatchObject({
        status: 409,
        body: { code: 'window.no-evaluator', field: 'body.window' },
      });
      provoked.add('window.no-evaluator');
    } finally {
      await bare.end();
    }
    const app = await buildHttpApp({
      isLocal: () => false,
      apiKeys: [],
      requestsPerSecond: 1,
      monotonicMs: () => 0,
      logger: pino({ level: 'silent' }),
      version: '0',
      addRoutes(inner) {
        inner.get('/busy', () => Promise.reject(new StoreUnavailable('disk full')));
        inner.get('/failed', () => Promise.reject(new Error('secret detail')));
      },
    });
    const codeOf = async (url: string) => {
      const response = await app.inject({ url });
      const { code, message } = response.json() as { code: string; message: string };
      expect(message).not.toContain('secret');
      provoked.add(code);
      return `${response.statusCode} ${code} ${response.headers['retry-after'] ?? ''}`.trim();
    };
    expect(await codeOf('/busy')).toBe('503 gateway.busy 1');
    expect(await codeOf('/failed')).toBe('500 gateway.failed');
    expect([await codeOf('/v1/x'), await codeOf('/v1/x'), await codeOf('/v1/x')]).toEqual([
      '401 key.missing',
      '401 key.missing',
      '429 request.too-many 1',
    ]);
    await app.close();
  });

  it('have all been provoked above, or in the tests of fleet/admin, windows, events and staff-photos', () => {
    const isOfOthers = (code: string) =>
      /^device\.|^key\.not-admin$|^window\.occupied$|^events\.|^photo\.|^staff\./.test(code);
    const codes = API_ERRORS.map(({ code }) => code).filter((code) => !isOfOthers(code));
    expect([...provoked].sort()).toEqual(codes.sort());
  });
});

describe('the documents of the API', () => {
  it('describe every route in OpenAPI 3.1', async () => {
    const { body } = await hall.call('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths as object).sort()).toEqual([
      '/v1/cases/{projectNo}',
      '/v1/cases/{projectNo}/completion',
      '/v1/cases/{projectNo}/look-up',
      '/v1/cases/{projectNo}/services/{assessNumber}',
      '/v1/cases/{projectNo}/transfer',
      '/v1/cases/{projectNo}/withdrawal',
      '/v1/evaluations',
      '/v1/events',
      '/v1/invitations',
      '/v1/invitations/{invitation}',
      '/v1/staff/{badgeId}/photo',
      '/v1/status',
      '/v1/windows/{window}',
      '/v1/windows/{window}/desk',
      '/v1/windows/{window}/pause',
      '/v1/windows/{window}/resume',
      '/v1/windows/{window}/sign-in',
      '/v1/windows/{window}/sign-out',
    ]);
    const paths = body.paths as Record<string, Record<string, { requestBody?: { content: object } }>>;
    const photo = paths['/v1/staff/{badgeId}/photo']!.put!.requestBody!.content;
    expect(Object.keys(photo)).toEqual(['image/png', 'image/jpeg']);
  });

  it('are readable on a page that loads nothing from elsewhere', async () => {
    const page = await (await fetch(new URL('/docs', hall.gateway.addresses.http.url))).text();
    expect(page).not.toMatch(/<script|src=|@import|url\(|href="(?!#|\/openapi)/);
    for (const { code } of API_ERRORS) expect(page).toContain(code);
    for (const text of ['/v1/invitations', 'termSeconds', 'body', 'Idempotency-Key'])
      expect(page).toContain(text);
  });
});
