// The part that runs while the set-up page is open on the device's own access point.
export { openSetup as default } from '../setup/setup.ts';
