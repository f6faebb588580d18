// Entry of the checkpointer's thread: hands over to its part of the program, made from TypeScript before.
import { importCompiled } from '../../bin/compiled.js';

await importCompiled('gateway/store/checkpoint-thread.ts');
