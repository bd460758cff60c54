import type { Engine } from '../../bindings/core.js';
import type { StateDict } from '../../bindings/tensor.js';

/**
 * A state dict rounded to what symmetric int8 per row can hold, in float64 and by the definition: a row of greatest
 * magnitude m to the multiples k·m/127, −127 ≤ k ≤ 127, nearest to its elements. Vectors stay as they are.
 */
export function dequantized(dict: StateDict): StateDict {
  return Object.fromEntries(
    Object.entries(dict).map(([name, { data, dims }]) => [
      name,
      { data: dims.length === 2 ? dequantizedMatrix(data, dims[1]) : data, dims },
    ]),
  );
}

function dequantizedMatrix(data: Float32Array, cols: number): Float32Array {
  return data.map((value, i) => {
    const row = data.subarray(i - (i % cols), i - (i % cols) + cols);
    const step = row.reduce((greatest, element) => Math.max(greatest, Math.abs(element)), 0) / 127;
    if (!Number.isFinite(step)) return Number.NaN;
    return step === 0 ? 0 : Math.round(value / step) * step;
  });
}

/** The greatest element of an input rounded to int16 or, where two unsigned halves of seven bits hold it, to 14 bits. */
export const greatestInput = ({ byteDots }: Pick<Engine, 'byteDots'>): number => (byteDots ? 2 ** 13 - 1 : 2 ** 15 - 1);

/**
 * How far an int8 layer may be from the float64 one with the same weights, for each layer of a stack: 5e-4 where inputs are
 * int16. The rounding of inputs is all that differs, so it grows as their step.
 */
export const int8Tolerance = (engine: Pick<Engine, 'byteDots'>): number =>
  (5e-4 * (2 ** 15 - 1)) / greatestInput(engine);
