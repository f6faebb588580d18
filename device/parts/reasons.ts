// The part that an offer of reasons comes with: its reader, and the page, which goes with the offer.
export { readReasons as default } from '../reasons/read-reasons.ts';
