// Makes the tables of gateway/README.md anew: npx tsx gateway/write-guide.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { makeGuide } from './guide.ts';

const file = new URL('./README.md', import.meta.url);
writeFileSync(file, makeGuide(readFileSync(file, 'utf8')));
