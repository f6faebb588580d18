// `npm run demo`: reads command line and environment, runs the demo, prints, sets the exit code. With --json the
// last line of standard output is the account, and everything else goes to standard error.
import { createRealClock } from '../engines/real-clock.ts';
import { accountIsClean } from './counts.ts';
import { parseDemoOptions } from './options.ts';
import { runDemo } from './run-demo.ts';
import { createTerminal } from './terminal.ts';

const options = parseDemoOptions(process.argv.slice(2));
const out = options.json ? process.stderr : process.stdout;
const terminal = createTerminal({ write: (text) => void out.write(text), colour: out.isTTY === true });
const stop = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(130);
    terminal.say('Stopping; once more to force it.');
    stop.abort();
  });
}

try {
  const result = await runDemo({
    ...options,
    interpreter: process.env.ESPRUINO,
    clock: createRealClock(),
    terminal,
    stop: stop.signal,
  });
  const { pressed, thanked, committed, forwarded, lost, duplicated } = result;
  terminal.say(
    `Pressed ${pressed}, thanked ${thanked}, committed ${committed}, forwarded ${forwarded}; lost ${lost}, duplicated ${duplicated}.`,
  );
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  if (options.exitAfterSeconds !== undefined && !accountIsClean(result)) process.exitCode = 1;
} catch (error) {
  terminal.trouble(`The demo cannot go on: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
