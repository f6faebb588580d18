// Waits until a program listens on a port of this machine.
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;

/** False if nothing answered within the limit. */
export async function portAnswers(port: number, limitMs: number): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  while (!(await answersNow(port))) {
    if (performance.now() > endMs) return false;
    await delay(LOOK_EVERY_MS);
  }
  return true;
}

export function answersNow(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
