// How an update of a device's firmware goes: the states a device reports and the codes for why it did not come
// about. README.md prints both tables; a test compares them with what the firmware can say.

export const UPDATE_STATES = [
  { state: 'ready', meaning: 'The image is wanted from `offset` on.' },
  {
    state: 'waiting',
    meaning: 'The whole image is there and verified; the device restarts when it is idle.',
  },
  { state: 'confirmed', meaning: 'The new version has connected, passed its self-test and stays.' },
  { state: 'compacting', meaning: 'Storage is being compacted, as ordered; the device restarts.' },
  { state: 'refused', meaning: 'Nothing changed; `code` says why.' },
  {
    state: 'returned',
    meaning: 'The new version was given up and the one before it comes back; `code` says why.',
  },
] as const;

export interface UpdateCodeRow {
  code: string;
  meaning: string;
  remedy: string;
}

export const UPDATE_CODES = [
  {
    code: 'update.mac',
    meaning: 'The MAC of the offer is not made with this device’s update key.',
    remedy: 'Offer it through the gateway that registered the device.',
  },
  {
    code: 'update.board',
    meaning: 'The image is for another board.',
    remedy: 'Offer the image of the board that the device tells in hello.',
  },
  {
    code: 'update.not-newer',
    meaning: 'The version is not newer than the one that runs, and the offer is not forced.',
    remedy: 'Offer a newer release, or force it if going back is meant.',
  },
  {
    code: 'update.busy',
    meaning: 'The running version is itself not confirmed yet, or the last image waits for its restart.',
    remedy: 'Offer again when it is confirmed.',
  },
  {
    code: 'update.room',
    meaning: 'The free part of Storage does not take the image.',
    remedy: 'Order a compaction, then offer again.',
  },
  {
    code: 'update.offset',
    meaning: 'A chunk came that nothing was offered for, or not from where the image ended.',
    remedy: 'Offer the image again; the answer says where to go on.',
  },
  {
    code: 'update.manifest',
    meaning: 'The manifest is not the offered one, or names what the device cannot store.',
    remedy: 'Make the release anew.',
  },
  {
    code: 'update.hash',
    meaning: 'What flash holds does not have the hash that the manifest gives; it was erased.',
    remedy: 'Offer again; if it returns, look at the device’s flash errors.',
  },
  {
    code: 'update.flash',
    meaning: 'Storage or the choice of the slot did not take what was written.',
    remedy: 'Offer again; if it returns, replace the device.',
  },
  {
    code: 'update.self-test',
    meaning: 'The new version found its flash, journal or screen not working.',
    remedy: 'Look at the version’s release notes and the device’s health.',
  },
  {
    code: 'update.not-confirmed',
    meaning: 'The new version did not start, or did not reach the gateway in time.',
    remedy: 'See that the gateway stays reachable, and offer again.',
  },
  {
    code: 'compact.journal',
    meaning: 'Records wait for their acknowledgement, or a card is shown: Storage is not compacted then.',
    remedy: 'Order it again when the journal is empty.',
  },
] as const satisfies readonly UpdateCodeRow[];

export type UpdateState = (typeof UPDATE_STATES)[number]['state'];
export type UpdateCode = (typeof UPDATE_CODES)[number]['code'];
