#!/usr/bin/env node
// Starts the command line: the gateway's commands and, for developers, the simulator's.
import { importCompiled } from './compiled.js';

const { runProcess } = await importCompiled('gateway/main.ts');
const { addSimCommand } = await importCompiled('simulator/sim-command.ts');
await runProcess([addSimCommand]);
