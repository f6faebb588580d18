import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{protocol,device,gateway,simulator,scripts}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Modules hold no state of their own, so test files may share them: half of the processor time went into loading the
    // same ones again for each file.
    isolate: false,
  },
});
