import type { Random } from '../random.js';

/** Normal numbers, mean 0 and variance 1, from uniform ones (Box and Muller 1958); each call the next. */
export function normalOf(random: Random): Random {
  return () => {
    // 1 − u lies in (0, 1]: its logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return radius * Math.cos(2 * Math.PI * random());
  };
}
