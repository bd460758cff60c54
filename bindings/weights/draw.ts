import { uniform } from '../random.js';
import type { Parameter } from './state-dict.js';

/** Draws parameters one after the other, every element uniformly from ±bound, as torch.nn's modules do. */
export function drawParameters(parameters: readonly Parameter[], seed: number, bound: number): void {
  let first = 0;
  for (const { dims, draw, write } of parameters) {
    const size = dims.reduce((a, b) => a * b, 1);
    if (draw) draw(seed, first, bound);
    else write(uniform(seed, first, size, bound));
    first += size;
  }
}
