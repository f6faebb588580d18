// First act of `.bootcde`: locks the console where a password is set. Also when nothing else of it works: recovery
// is for whoever knows the password, which the build leaves in no name: it puts this into a function.
var password = library('Storage').read('pj.lock');
if (password) {
  E.setPassword(password);
  E.lockConsole();
}
