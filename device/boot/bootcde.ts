// The file `.bootcde`: the first thing a board runs, written once. Locks the console where a password is set, then
// evaluates a firmware slot straight from Storage, so that function bodies stay in flash; if it throws, the other
// slot; if none runs, the prompt stays for provisioning. No function and no block around `eval`: every scope there
// would cost each closure of the firmware memory (measured: 580 blocks).
var password = library('Storage').read('pj.lock');
if (password) {
  E.setPassword(password);
  E.lockConsole();
}
var slot = 'pj-a.js';
var bootError: unknown;
if (!library('Storage').read(slot)) slot = 'pj-b.js';
if (!library('Storage').read(slot)) print('PJ1 screen fault boot no firmware in pj-a.js or pj-b.js');
try {
  // biome-ignore lint/security/noGlobalEval: evaluating the flash string itself is what keeps it in flash
  eval(library('Storage').read(slot) || '');
} catch (error) {
  bootError = error;
}
if (bootError) {
  print(`PJ1 screen fault boot ${slot} ${bootError}`);
  if (slot === 'pj-a.js' && library('Storage').read('pj-b.js')) {
    slot = 'pj-b.js';
    // biome-ignore lint/security/noGlobalEval: as above
    eval(library('Storage').read(slot)!);
  }
}
