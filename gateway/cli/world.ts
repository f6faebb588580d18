// What the command line needs of its surroundings, so that nothing below main.ts reads the environment, and how a
// command says that it failed. Exit codes: 0 done, 1 failed, 2 wrong configuration or usage.

export interface CliWorld {
  environment: Readonly<Record<string, string | undefined>>;
  /** One line each, to standard output and standard error. */
  out(line: string): void;
  err(line: string): void;
  /** Numeric IPv4 addresses of this machine in its networks, without the loopback's; none known when left out. */
  ownAddresses?(): string[];
  /** Resolves when the process is asked to stop (SIGINT, SIGTERM). */
  stopRequested(): Promise<void>;
  /** The process may do anything on the machine. */
  asRoot?: boolean;
}

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** An expected failure: printed as its sentences, then the process ends with the code. */
export class CliFailure extends Error {
  readonly exitCode: number;
  readonly sentences: string[];

  constructor(sentences: string[], exitCode: number = EXIT_FAILED) {
    super(sentences.join('\n'));
    this.sentences = sentences;
    this.exitCode = exitCode;
  }
}
