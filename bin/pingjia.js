#!/usr/bin/env node
// Starts the command line: teaches Node to read TypeScript, then hands over to the gateway's commands and, for
// developers, the simulator's.
import { register } from 'tsx/esm/api';

register();
const { runProcess } = await import('../gateway/main.ts');
const { addSimCommand } = await import('../simulator/sim-command.ts');
await runProcess([addSimCommand]);
