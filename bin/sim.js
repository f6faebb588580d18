// Starts the simulator's command line: halls in virtual time, as the program that is made from TypeScript.
import { importCompiled } from './compiled.js';

await importCompiled('simulator/sim.ts');
