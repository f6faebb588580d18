// Entry of the checkpointer's thread, as start-writer-thread.js is of the writer's.
import { register } from 'tsx/esm/api';

register();
await import('./checkpoint-thread.ts');
