// Entry of a process that runs seeds: hands over to its part of the program, made from TypeScript before.
import { importCompiled } from '../../bin/compiled.js';

await importCompiled('simulator/faults/worker.ts');
