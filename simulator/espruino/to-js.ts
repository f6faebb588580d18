// How `E.toJS` writes a value: JSON without quotes around names that need none, typed arrays as arrays, null for
// what JSON has no word for.

const PLAIN_NAME = /^[A-Za-z_$][\w$]*$/;

export function toJs(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map(toJs).join(',')}]`;
  if (ArrayBuffer.isView(value)) return `[${[...(value as Uint8Array)].join(',')}]`;
  const fields = Object.entries(value).map(
    ([name, field]) => `${PLAIN_NAME.test(name) ? name : quoted(name)}:${toJs(field)}`,
  );
  return `{${fields.join(',')}}`;
}

/** Only printable ASCII travels. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\xff]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16)}`,
  );
}
