// How V8 runs simulated halls best, for whoever starts a process for them; the script `sim` of package.json names the same.

/**
 * A run makes much that is soon forgotten: room for it, in MiB. V8 keeps what it has compiled though it was not used for some
 * time, as at night: code of which it forgets the bytecode is compiled once more each morning. And it puts less of one
 * function into another: so much code runs, and each part so rarely, that compiling it costs more than that gains. One
 * thread beside the program is enough for compiling and collecting: several wait for each other where every core is in use.
 */
export const V8_FLAGS = [
  '--max-semi-space-size=64',
  '--no-flush-bytecode',
  '--max-inlined-bytecode-size-cumulative=200',
  '--v8-pool-size=1',
] as const;
