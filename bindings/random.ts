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
 * Draws a tensor's elements uniformly from ±bound.
 *
 * @param dims of the tensor
 */
export function uniform(dims: readonly number[], bound: number, random: Random): Float32Array {
  const data = new Float32Array(dims.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) data[i] = (2 * random() - 1) * bound;
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
