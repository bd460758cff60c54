import type { StateDict } from '../../bindings/tensor.js';
import { type LayerKind, parameterShapes, type ReferenceOptions } from './parameter-shapes.js';

/**
 * A seeded generator of uniform numbers in [0, 1): the same seed gives the same numbers on every machine.
 *
 * @param seed  any integer; its low 32 bits count
 * Source: Tommy Ettinger's mulberry32 (public domain).
 */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * f32[size], uniform in [−bound, bound).
 *
 * @param random  uniform in [0, 1), as `mulberry32` gives it
 */
export function randomArray(size: number, random: () => number, bound = 1): Float32Array {
  const numbers = new Float32Array(size);
  for (let i = 0; i < size; i++) numbers[i] = (random() * 2 - 1) * bound;
  return numbers;
}

/**
 * Weights of a recurrent layer in PyTorch's names and shapes, uniform in ±1/√H as torch.nn initialises them.
 *
 * @param scale  factor on the bound; above 1 it drives the gates into saturation
 */
export function randomStateDict(
  kind: LayerKind,
  options: ReferenceOptions,
  random: () => number,
  scale = 1,
): StateDict {
  const bound = scale / Math.sqrt(options.hiddenSize);
  const dict: StateDict = {};
  for (const [name, dims] of Object.entries(parameterShapes(kind, options))) {
    const size = dims.reduce((product, dim) => product * dim, 1);
    dict[name] = { data: randomArray(size, random, bound), dims };
  }
  return dict;
}
