// Whom a command about evaluators speaks to: the running gateway, through the socket in its data folder, or else
// the database itself. The same questions and answers either way.
import type { GatewayConfig } from '../config/load.ts';
import type { DeviceSummary, FleetAdmin } from '../fleet/admin.ts';
import { findRunning, type RunningGateway } from './running-gateway.ts';
import { withDatabase } from './with-database.ts';

export async function withFleetAdmin<T>(
  config: GatewayConfig,
  run: (admin: FleetAdmin) => Promise<T>,
): Promise<T> {
  const running = await findRunning(config);
  return running ? run(overSocket(running)) : withDatabase(config, ({ admin }) => run(admin));
}

function overSocket({ get, order }: RunningGateway): FleetAdmin {
  const pathOf = (id: string) => `/v1/devices/${encodeURIComponent(id)}`;
  return {
    now: () => get('/v1/fleet'),
    list: async () => (await get<{ devices: DeviceSummary[] }>('/v1/devices')).devices,
    show: (id) => order({ method: 'GET', path: pathOf(id) }),
    register: (body) => order({ method: 'POST', path: '/v1/devices', body }),
    replace: ({ old, ...body }) => order({ method: 'POST', path: `${pathOf(old)}/replacement`, body }),
    rekey: (id) => order({ method: 'POST', path: `${pathOf(id)}/rekey` }),
    reboot: (id) => order({ method: 'POST', path: `${pathOf(id)}/reboot` }),
    events: (id, limit) => order({ method: 'GET', path: `${pathOf(id)}/events?limit=${limit}` }),
    revoke: (id) => order({ method: 'DELETE', path: pathOf(id) }),
  };
}
