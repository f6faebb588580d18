// Last act of `.bootcde`: evaluates the picked slot straight from Storage, so that function bodies stay in flash. No
// function and no block around `eval`: every scope there would cost each closure of the firmware memory (measured:
// 580 blocks). A version on trial that throws restarts the board, which counts; any other restarts it later, so that
// the prompt can be reached in between. Without a whole slot the prompt stays for provisioning.
global.bootError = global.slot ? '' : 'neither slot is whole';
try {
  // biome-ignore lint/security/noGlobalEval: evaluating the flash string itself is what keeps it in flash
  eval((global.slot && library('Storage').read(global.slot)) || '');
} catch (error) {
  global.bootError = error;
}
if (global.bootError) {
  print(`PJ1 screen fault boot ${global.slot} ${global.bootError}`);
  print('PJ1 recovery: write the firmware over this line; records are kept');
  if (global.trial) E.reboot();
  else if (global.slot) setTimeout(E.reboot, 600_000);
}
delete global.bootError;
delete global.trial;
