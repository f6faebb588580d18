// A start that cannot succeed until a person does something: the message is one sentence with the remedy.
export class StartFailure extends Error {}

/** For `listen` of TCP, UDP and HTTP; undefined for what is no expected failure. */
export function listenFailure(
  error: unknown,
  what: { name: string; host: string; port: number; setting: string },
) {
  const { code } = error as NodeJS.ErrnoException;
  const at = `${what.host}:${what.port}`;
  const remedies: Record<string, string> = {
    EADDRINUSE: `${at} is in use. Stop what listens there, or choose another ${what.setting}.port`,
    EACCES: `this user may not listen on ${at}. Choose a ${what.setting}.port of 1024 or more, or grant the right`,
    EADDRNOTAVAIL: `this machine has no address ${what.host}. Correct ${what.setting}.host`,
    ENOTFOUND: `there is no host ${what.host}. Correct ${what.setting}.host`,
  };
  const remedy = code === undefined ? undefined : remedies[code];
  return remedy === undefined ? undefined : new StartFailure(`Cannot open ${what.name}: ${remedy}.`);
}
