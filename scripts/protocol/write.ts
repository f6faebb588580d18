// `npm run protocol`: writes the derived files of protocol/ and says which changed.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { makeDocuments } from './documents.ts';

const root = new URL('../../protocol/', import.meta.url);
mkdirSync(new URL('schemas/', root), { recursive: true });
for (const [path, contents] of Object.entries(makeDocuments())) {
  const file = new URL(path, root);
  let before = '';
  try {
    before = readFileSync(file, 'utf8');
  } catch {
    before = '';
  }
  if (before === contents) continue;
  writeFileSync(file, contents);
  console.log(`wrote protocol/${path}`);
}
