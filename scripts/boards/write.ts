// `npm run wiring`: draws the wiring of each board into device/wiring/ and brings the tables of device/README.md up to
// date, from the firmware's own files of pins.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { repositoryFolder } from '../firmware/boards.ts';
import { drawWiring } from './draw-wiring.ts';
import { allWirings, materialsTable } from './wiring.ts';

const folder = `${repositoryFolder}device/wiring/`;
const page = `${repositoryFolder}device/README.md`;
mkdirSync(folder, { recursive: true });
let text = readFileSync(page, 'utf8');
for (const wiring of await allWirings()) {
  writeFileSync(`${folder}${wiring.board}.svg`, drawWiring(wiring));
  const made = new RegExp(`(<!-- made: materials-${wiring.board} -->\n)(?:\\|.*\n)*(<!-- end -->)`);
  text = text.replace(made, (_, start: string, end: string) => `${start}${materialsTable(wiring)}\n${end}`);
  console.log(`device/wiring/${wiring.board}.svg`);
}
writeFileSync(page, text);
