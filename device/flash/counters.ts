// What the journal keeps outside its own pages, so that it outlives them. The identity area implements it.

export interface Counters {
  /** Every sequence below it may have been used. 1 before the first record. */
  sequenceFloor(): number;
  saveSequenceFloor(seq: number): void;
  /** Writes and erases that did not read back, since provisioning. */
  flashErrors(): number;
  countFlashError(): void;
}
