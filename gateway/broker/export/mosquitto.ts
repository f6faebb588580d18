// Files for Mosquitto 2: passwords as mosquitto_passwd writes them (PBKDF2 with SHA-512), access rules, and the
// settings without which a durable session would not outlive a restart (mosquitto.conf(5), mosquitto_passwd(1)).
import { pbkdf2Sync } from 'node:crypto';
import type { BrokerAccount, BrokerFile } from './accounts.ts';

/** As mosquitto_passwd does it by default. Evaluators' passwords are 256 random bits: more would only cost time. */
const ITERATIONS = 101;
const SALT_BYTES = 12;
const HASH_BYTES = 64;

export interface MosquittoPlace {
  /** Where the files will lie on the broker's machine. */
  folder: string;
  port: number;
}

export function mosquittoFiles(
  accounts: readonly BrokerAccount[],
  { place, random }: { place: MosquittoPlace; random: (bytes: number) => Buffer },
): BrokerFile[] {
  const passwords = accounts.map(({ user, password }) => `${user}:${hashOf(password, random(SALT_BYTES))}`);
  return [
    { name: 'pingjia.passwords', text: lines(passwords), secret: true },
    { name: 'pingjia.acl', text: lines(accounts.flatMap(rulesOf)), secret: false },
    { name: 'pingjia.conf', text: lines(settings(place)), secret: false },
  ];
}

function hashOf(password: string, salt: Buffer): string {
  const hash = pbkdf2Sync(password, salt, ITERATIONS, HASH_BYTES, 'sha512');
  return `$7$${ITERATIONS}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

function rulesOf({ user, publish, subscribe }: BrokerAccount): string[] {
  return [
    `user ${user}`,
    ...publish.map((topic) => `topic write ${topic}`),
    ...subscribe.map((topic) => `topic read ${topic}`),
    '',
  ];
}

function settings({ folder, port }: MosquittoPlace): string[] {
  return [
    '# After `pingjia broker export` again: systemctl reload mosquitto reads passwords and rules anew.',
    `listener ${port}`,
    'allow_anonymous false',
    `password_file ${folder}/pingjia.passwords`,
    `acl_file ${folder}/pingjia.acl`,
    '# What waits for the gateway outlives a restart; what a kill takes, evaluators send again.',
    'persistence true',
    'autosave_interval 60',
    'max_queued_messages 100000',
    'max_packet_size 16384',
  ];
}

const lines = (all: readonly string[]) => `${all.join('\n')}\n`;
