// Debian's Mosquitto programs as a stranger would use them: publish once, or run an open broker.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { portAnswers } from '../net/port-answers.ts';

const PUBLISH_LIMIT_MS = 8000;
const START_LIMIT_MS = 8000;

export interface PublishOptions {
  port: number;
  topic: string;
  payload: string;
}

/** True when the broker took the connection and acknowledged the message (QoS 1). */
export function mosquittoPublish(options: PublishOptions): Promise<boolean> {
  const { port, topic, payload } = options;
  const words = [
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '-V',
    'mqttv311',
    '-i',
    'stranger',
    '-q',
    '1',
    '-t',
    topic,
    '-m',
    payload,
  ];
  return new Promise((resolve) => {
    execFile('mosquitto_pub', words, { timeout: PUBLISH_LIMIT_MS }, (error) => resolve(error === null));
  });
}

export interface OpenBroker {
  stop(): Promise<void>;
}

/** A broker that lets everybody do everything: what an attacker on the Wi-Fi would put in the gateway's place. */
export async function startOpenMosquitto(options: { folder: string; port: number }): Promise<OpenBroker> {
  const file = join(options.folder, 'mosquitto.conf');
  writeFileSync(file, `listener ${options.port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
  const child: ChildProcess = spawn('mosquitto', ['-c', file], { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (!(await portAnswers(options.port, START_LIMIT_MS))) throw new Error('mosquitto did not start');
  return {
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
