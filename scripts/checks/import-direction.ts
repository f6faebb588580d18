// Who may import whom, from design: every folder may import protocol; simulator may import device and gateway;
// scripts may import all; device takes only constants and types from protocol. Pure: source text in, sentences out.

const MAY_IMPORT: Record<string, readonly string[]> = {
  protocol: [],
  device: ['protocol'],
  gateway: ['protocol'],
  simulator: ['protocol', 'device', 'gateway', 'scripts'],
  scripts: ['protocol', 'device', 'gateway', 'simulator'],
};

const importPattern =
  /\b(import|export)\b([^'";]*?)\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;

/** `path` is relative to the project, with forward slashes. */
export function importViolations(path: string, source: string): string[] {
  const folder = path.split('/')[0]!;
  const allowed = MAY_IMPORT[folder];
  if (!allowed) return [];
  // The protocol's test compares the folder with what scripts/ makes of it.
  if (path === 'protocol/protocol.test.ts') return [];
  const isTest = path.endsWith('.test.ts') || path.includes('/testing/');
  const found: string[] = [];
  for (const match of source.matchAll(importPattern)) {
    const specifier = match[3] ?? match[4]!;
    const typeOnly = (match[2] ?? '').trimStart().startsWith('type ');
    if (!specifier.startsWith('.')) {
      if (folder === 'device' && !isTest && !typeOnly)
        found.push(`${path} imports the package ${specifier}: firmware has no packages`);
      continue;
    }
    const target = resolve(path, specifier);
    const targetFolder = target.split('/')[0]!;
    if (targetFolder !== folder && !allowed.includes(targetFolder)) {
      found.push(`${path} imports ${target}: ${folder} may not import ${targetFolder}`);
    }
    if (
      folder === 'device' &&
      !isTest &&
      targetFolder === 'protocol' &&
      !typeOnly &&
      target !== 'protocol/constants.ts'
    ) {
      found.push(`${path} imports ${target}: firmware takes only constants and types from protocol`);
    }
  }
  return found;
}

function resolve(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
