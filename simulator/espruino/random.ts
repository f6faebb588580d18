// The predictable numbers of a device: the same after every power on until the program seeds them, as `rand()`
// is on the interpreter. Not the same numbers as there, and never a source of keys.

const FIXED_SEED = 1;

export class DeviceRandom {
  #state = FIXED_SEED;

  seed(seed: number): void {
    this.#state = (seed | 0) === 0 ? FIXED_SEED : seed | 0;
  }

  /** From 0 up to, not including, 1 (xorshift32, Marsaglia 2003). */
  next(): number {
    let value = this.#state;
    value ^= value << 13;
    value ^= value >>> 17;
    value ^= value << 5;
    this.#state = value;
    return (value >>> 0) / 0x100000000;
  }
}
