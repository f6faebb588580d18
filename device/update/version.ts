// Versions are three numbers; the first that differs decides.

/** False for equal ones, and for what is no version. */
export function isNewer(version: string, than: string): boolean {
  const left = version.split('.').map(Number);
  const right = than.split('.').map(Number);
  const at = [0, 1, 2].find((index) => left[index] !== right[index]);
  return at !== undefined && left[at]! > right[at]!;
}
