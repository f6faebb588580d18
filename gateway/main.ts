// Entry of the process: the only file of the gateway that touches process.*. Gives the command line its
// surroundings and ends with its exit code.
import { networkInterfaces } from 'node:os';
import { type AddCommand, runCommandLine } from './cli/program.ts';

/** After this long an ordered stop has failed and the process ends anyway; the database is safe either way. */
const STOP_LIMIT_MS = 10_000;

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
}

function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
        resolve();
      });
    }
  });
}

/** `more` are groups of commands from outside the gateway. */
export async function runProcess(more: readonly AddCommand[]): Promise<void> {
  const world = {
    environment: process.env,
    out: (line: string) => process.stdout.write(`${line}\n`),
    err: (line: string) => process.stderr.write(`${line}\n`),
    ownAddresses,
    stopRequested,
    asRoot: process.getuid?.() === 0,
  };
  process.exitCode = await runCommandLine(process.argv.slice(2), world, more);
}
