import { uniform } from '../random.js';
import type { Parameter } from './state-dict.js';

/**
 * Draws parameters one after the other, every element uniformly from ±bound, as torch.nn's modules do.
 *
 * @param drawn how many numbers of this seed were drawn before
 * @returns how many are now
 */
export function drawParameters(parameters: readonly Parameter[], seed: number, bound: number, drawn = 0): number {
  let first = drawn;
  for (const { dims, draw, write } of parameters) {
    const size = dims.reduce((a, b) => a * b, 1);
    if (draw) draw(seed, first, bound);
    else write(uniform(seed, first, size, bound));
    first += size;
  }
  return first;
}
