// Entry of the vault's thread: a thread inherits no loader on Node 20, so it learns TypeScript here first.
import { register } from 'tsx/esm/api';

register();
await import('./vault-thread.ts');
