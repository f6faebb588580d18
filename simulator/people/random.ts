// Seeded random numbers and fair dealing from a shuffled deck, so that a seed repeats a run and every value of
// the deck comes up once a round. Not for keys.

/** At least 0, less than 1. */
export type Random = () => number;

/** `label` gives each user of one seed a stream of its own. */
export function seededRandom(seed: number, label: string): Random {
  let state = seed >>> 0;
  for (const character of label) state = mix(state ^ character.codePointAt(0)!);
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    return mix(state) / 0x1_0000_0000;
  };
}

/** Two multiplications and three shifts spread each bit over all 32 (the splitmix32 finaliser). */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x21f0aaad);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** Deals all items in random order, then all again. */
export function dealer<T>(random: Random, items: readonly T[]): () => T {
  let deck: T[] = [];
  return () => {
    if (deck.length === 0) deck = shuffled(random, items);
    return deck.pop()!;
  };
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const deck = [...items];
  for (let last = deck.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [deck[last], deck[other]] = [deck[other]!, deck[last]!];
  }
  return deck;
}
