// Gives every variable of a script a name that no other has, so that code may be moved anywhere without meaning
// another variable than before. The names are long; the bundler shortens them afterwards.
import { resolveScopes } from '../check/scopes.ts';
import { parseScript } from '../check/syntax.ts';
import { applyEdits, type Edit } from './edits.ts';

export function makeNamesUnique(code: string): string {
  const { bindings, globals } = resolveScopes(parseScript(code));
  const used = new Set(globals.map(({ name }) => name));
  const wanted = new Set(bindings.map(({ name }) => name));
  const edits: Edit[] = [];
  let number = 0;
  for (const binding of bindings) {
    let name = binding.name;
    while (used.has(name) || (name !== binding.name && wanted.has(name)))
      name = `${binding.name}_${++number}`;
    used.add(name);
    if (name === binding.name) continue;
    for (const id of binding.ids) edits.push({ start: id.start, end: id.end, text: name });
    for (const { node, parent } of binding.references) {
      const key = parent?.type === 'Property' && parent.shorthand ? `${binding.name}:` : '';
      edits.push({ start: node.start, end: node.end, text: key + name });
    }
  }
  return applyEdits(code, edits);
}
