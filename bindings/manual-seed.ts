import { refuse } from './options.js';
import { type Random, seededRandom } from './random.js';

/** The one thing that is kept for a whole program: where seeds come from once `manualSeed` was called. */
let source: Random | undefined;

/**
 * Decides all that is drawn from now on without a seed of its own, as torch.manual_seed does: initial weights, the order of
 * `shuffle: true`, what `fit` drops out, samples. The same calls in the same order then give the same numbers, on every machine.
 * A `seed` that is given is heeded as always.
 *
 * @param seed any integer; null: seeds are random again
 * @throws {TypeError | RangeError} if it is no finite number
 *
 * @example
 * ```ts
 * import { GRU, manualSeed } from 'hiddenstate';
 *
 * const firstWeight = () => {
 *   manualSeed(1);
 *   return new GRU({ inputSize: 4, hiddenSize: 8 }).stateDict().weight_ih_l0.data[0];
 * };
 * console.log(firstWeight() === firstWeight()); // true
 * manualSeed(null); // random again
 * ```
 */
export function manualSeed(seed: number | null): void {
  if (seed !== null && !Number.isFinite(seed)) {
    refuse(seed, 'number', 'manualSeed: seed', 'a finite number, or null for seeds that are random again');
  }
  source = seed === null ? undefined : seededRandom(seed);
}

/**
 * A seed for what was given none.
 *
 * @param otherwise the seed where `manualSeed` was not called; random unless given
 */
export function drawSeed(otherwise: number = Math.random() * 2 ** 32): number {
  return source ? Math.floor(source() * 2 ** 32) : otherwise;
}
