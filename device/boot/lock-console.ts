// First act of `.bootcde`: locks the console where a password is set. Also when nothing else of it works: recovery
// is for whoever knows the password.
var password = library('Storage').read('pj.lock');
if (password) {
  E.setPassword(password);
  E.lockConsole();
}
delete global.password;
