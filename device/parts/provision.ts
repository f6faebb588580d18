// The part that the prompt's `provision({…})` is.
export { provision as default } from '../provision.ts';
