// `pingjia status`: asks the running gateway over its HTTP API and prints what a person wants to know.
import type { Command } from 'commander';
import type { Static } from 'typebox';
import type { StatusAnswer } from '../http/status-schema.ts';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

const DEFAULT_URL = 'http://127.0.0.1:8080';
const ANSWER_LIMIT_MS = 5000;

interface StatusOptions {
  url: string;
  key?: string;
  json?: boolean;
}

export function addStatusCommand(program: Command, world: CliWorld): void {
  program
    .command('status')
    .description('show evaluators, backlog, refusals and counters of the running gateway')
    .option('--url <url>', 'address of its HTTP API', DEFAULT_URL)
    .option('--key <key>', 'API key (default: $PINGJIA_API_KEY, which other users of the machine cannot see)')
    .option('--json', 'print the answer of GET /v1/status as it is')
    .addHelpText(
      'after',
      `
Exit codes: 0 printed; 1 the gateway does not answer or refuses the key; 2 wrong usage.
Example:    PINGJIA_API_KEY=pj_… pingjia status --url http://127.0.0.1:8080`,
    )
    .action(async (options: StatusOptions) => {
      const key = options.key ?? world.environment.PINGJIA_API_KEY;
      if (!key) throw new CliFailure(['No API key. Give --key or set PINGJIA_API_KEY.'], EXIT_USAGE);
      const status = await ask(options.url, key);
      if (options.json) world.out(JSON.stringify(status));
      else for (const line of statusLines(status)) world.out(line);
    });
}

async function ask(url: string, key: string): Promise<Static<typeof StatusAnswer>> {
  let response: Response;
  try {
    response = await fetch(new URL('/v1/status', url), {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string } };
    throw new CliFailure([
      `No gateway answers at ${url} (${cause?.code ?? message}). Start it with \`pingjia gateway\`, or correct --url.`,
    ]);
  }
  const body = (await response.json().catch(() => undefined)) as
    | { message?: string; remedy?: string }
    | undefined;
  if (!response.ok || !body) {
    throw new CliFailure([
      `The gateway answered ${response.status}: ${body?.message ?? 'not understandable.'} ${body?.remedy ?? 'Check --url.'}`,
    ]);
  }
  return body as unknown as Static<typeof StatusAnswer>;
}

function statusLines(status: Static<typeof StatusAnswer>): string[] {
  const { backlog, upstream } = status;
  const oldest = backlog.oldestAt === null ? '' : `, the oldest since ${backlog.oldestAt}`;
  return [
    `Hall ${status.hall.id} ${status.hall.name}`,
    `Evaluators: ${status.devices.length}`,
    ...status.devices.map(
      (device) =>
        `  ${device.id} at ${device.window ?? 'no window'}: ${device.online ? 'online' : 'offline'}, unsent ${device.unsentRecords ?? 'unknown'}, last seen ${device.lastSeenAt ?? 'never'}${device.troubles.map((trouble) => `, ${trouble}`).join('')}`,
    ),
    `Upstream: ${upstream.length === 0 ? 'not configured; ' : ''}backlog ${backlog.records} records${oldest}`,
    ...upstream.map(
      ({ id, kind, breaker, records, oldestAt, refused, listed }) =>
        `  ${id} (${kind}): circuit ${breaker}, backlog ${records}${oldestAt === null ? '' : ` since ${oldestAt}`}, refused ${refused}, corrections listed ${listed}`,
    ),
    `Default evaluations held back: ${status.rules.heldDefaults}`,
    `Presses that belong to no known service: ${status.rules.unmatched}`,
    ...epochLines(status.epoch),
    ...status.alarms.map(({ code, meaning, remedy }) => `ALARM ${code}: ${meaning} ${remedy}`),
    `Waiting for a person (\`pingjia upstream list\`): ${status.refusals.count}`,
    ...status.refusals.latest.map(
      ({ outbox, connector, projectNo, assessNumber, kind, code, reason }) =>
        `  ${outbox} ${connector} ${projectNo}/${assessNumber} ${kind}: ${code} ${reason}`,
    ),
    ...Object.entries(status.wireErrors).map(([code, count]) => `Refused on the wire: ${code} ${count}`),
  ];
}

function epochLines({ number, begunAt, awaited }: Static<typeof StatusAnswer>['epoch']): string[] {
  if (begunAt === null) return [];
  return [
    `Epoch ${number} since ${begunAt}: the database was restored`,
    ...awaited.map(
      ({ device, window, missing }) =>
        `  waits for ${device} at ${window ?? 'no window'}: ${missing === null ? 'no hello yet' : `${missing} records missing`}`,
    ),
  ];
}
