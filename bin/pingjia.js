#!/usr/bin/env node
// Starts the command line: teaches Node to read TypeScript, then hands over to gateway/main.ts.
import { register } from 'tsx/esm/api';

register();
await import('../gateway/main.ts');
