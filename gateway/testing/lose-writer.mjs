// Preloaded into a gateway by a test: at SIGUSR2 the writer's thread ends, as by a fault of its own.
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';

const { Worker } = threads;
threads.Worker = class extends Worker {
  constructor(file, options) {
    super(file, options);
    if (String(file).includes('writer-thread')) process.once('SIGUSR2', () => void this.terminate());
  }
};
syncBuiltinESMExports();
