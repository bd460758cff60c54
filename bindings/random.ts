/** Yields numbers uniform in [0, 1), each call the next. */
export type Random = () => number;

/**
 * A small seeded generator (mulberry32, Tommy Ettinger): 2^32 states, enough for initial weights and for sampling, not
 * for cryptography. The same seed gives the same numbers everywhere.
 *
 * @param seed any integer; only its low 32 bits count
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Numbers uniform in ±bound: `(2 · random() − 1) · bound`, bit for bit with `random = seededRandom(seed)`. Initial weights are
 * drawn by code that no compiler has seen yet, so the generator stands in the loop, on small integers.
 *
 * @param first how many numbers of this seed come before
 */
export function uniform(seed: number, first: number, size: number, bound: number): Float32Array {
  const { imul } = Math;
  const data = new Float32Array(size);
  const scale = bound / 2147483648;
  // The generator's state is a counter.
  let state = (seed | 0) + imul(first, 0x6d2b79f5);
  for (let i = 0; i < size; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let bits = imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + imul(bits ^ (bits >>> 7), bits | 61);
    // As an integer from −2^31 on: the same as a fraction of 2^32, doubled, less 1.
    data[i] = (bits ^ (bits >>> 14) ^ -2147483648) * scale;
  }
  return data;
}

/** Normal numbers, mean 0 and variance 1, from uniform ones (Box and Muller 1958); each call the next. */
export function normalOf(random: Random): Random {
  return () => {
    // 1 − u lies in (0, 1]: its logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return radius * Math.cos(2 * Math.PI * random());
  };
}
