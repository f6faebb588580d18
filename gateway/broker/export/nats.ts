// The part of a nats-server configuration that lets evaluators and gateway in over MQTT, with bcrypt hashes and
// permissions by subject (docs.nats.io, "MQTT configuration" and "Authorization"). A topic's slashes are dots there.
import { hashSync } from 'bcryptjs';
import type { BrokerAccount, BrokerFile } from './accounts.ts';

/** Passwords of evaluators are 256 random bits: a slow hash would only delay a hall that connects at once. */
const BCRYPT_COST = 5;
/** What a subscription of quality 1 listens to inside the server. */
const DELIVERY_SUBJECTS = '$MQTT.sub.>';

export function natsFiles(accounts: readonly BrokerAccount[], { port }: { port: number }): BrokerFile[] {
  const text = [
    '# Include it in nats-server.conf: include ./pingjia-mqtt.conf. It needs there a server_name and',
    '# jetstream { store_dir: … } – with sync_interval: always where the release has it.',
    `mqtt { port: ${port} }`,
    'authorization {',
    '  users: [',
    ...accounts.map(userOf),
    '  ]',
    '}',
    '',
  ];
  return [{ name: 'pingjia-mqtt.conf', text: text.join('\n'), secret: true }];
}

function userOf({ user, password, publish, subscribe }: BrokerAccount): string {
  const subjects = (topics: readonly string[]) => JSON.stringify(topics.map(subjectOf));
  const listens = JSON.stringify([...subscribe.map(subjectOf), DELIVERY_SUBJECTS]);
  const permissions = `{ publish: ${subjects(publish)}, subscribe: ${listens} }`;
  return `    { user: ${JSON.stringify(user)}, password: ${JSON.stringify(hashOf(password))}, permissions: ${permissions}, allowed_connection_types: ["MQTT"] }`;
}

const subjectOf = (topic: string) => topic.replaceAll('/', '.').replaceAll('+', '*');

/** nats-server knows a hash by its prefix $2a$; the revision $2b$ differs in nothing that such passwords reach. */
const hashOf = (password: string) => hashSync(password, BCRYPT_COST).replace(/^\$2b\$/, '$2a$');
