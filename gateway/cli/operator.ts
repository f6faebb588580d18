// Who carries out what an operator decides: the running gateway, through the socket in its data folder, or else this
// command on the database itself. And how a command only looks at a database, which disturbs no gateway.
import type { GatewayConfig } from '../config/load.ts';
import type { Answer } from '../fleet/admin.ts';
import type { Operator } from '../operator/operator.ts';
import { StoreError } from '../store/open-database.ts';
import type { Reader } from '../store/reader.ts';
import { findRunning, orFail, type RunningGateway } from './running-gateway.ts';
import { withDatabase } from './with-database.ts';
import { CliFailure } from './world.ts';

export async function withOperator<T>(
  config: GatewayConfig,
  run: (operator: Operator) => Promise<T>,
): Promise<T> {
  const running = await findRunning(config);
  return running ? run(overSocket(running)) : withDatabase(config, ({ operator }) => run(operator));
}

/** Without a writer: nothing is changed. */
export async function withReader<T>({ dataFolder }: GatewayConfig, look: (reader: Reader) => T): Promise<T> {
  const { openReader } = await import('../store/reader.ts');
  try {
    const reader = openReader(dataFolder);
    try {
      return look(reader);
    } finally {
      reader.close();
    }
  } catch (error) {
    if (error instanceof StoreError) throw new CliFailure([`${error.code}: ${error.message}`]);
    throw error;
  }
}

type Answered<N extends keyof Operator> = Awaited<ReturnType<Operator[N]>>;

function overSocket({ order }: RunningGateway): Operator {
  const post = <T extends object>(path: string, body?: object): Promise<Answer<T>> =>
    order<T>({ method: 'POST', path: `/v1/operator/${path}`, ...(body && { body }) });
  const unlessUnknown = async <T extends object>(asked: Promise<Answer<T>>) => {
    const answer = await asked;
    if (!answer.ok && answer.code === 'device.unknown') return { ok: false, code: 'device.unknown' } as const;
    return orFail(answer);
  };
  return {
    confirmClock: async () => orFail(await post<Answered<'confirmClock'>>('clock')),
    abandonDevice: (given) => unlessUnknown(post('abandonment', given)),
    decideDeliveries: async (decision) =>
      orFail(await post<Answered<'decideDeliveries'>>('deliveries', decision)),
    orderUpdates: (given) => unlessUnknown(post('updates', given)),
    stopUpdates: async (devices) => orFail(await post<Answered<'stopUpdates'>>('updates/stop', { devices })),
  };
}
