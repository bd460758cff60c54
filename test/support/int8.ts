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
  const rounded = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += cols) {
    const row = data.subarray(start, start + cols);
    const step = row.reduce((greatest, element) => Math.max(greatest, Math.abs(element)), 0) / 127;
    const values = row.map((value) => roundedTo(step, value));
    rounded.set(values, start);
  }
  return rounded;
}

/** The multiple of a step that is nearest to a value; NaN where the row holds NaN or an infinity. */
function roundedTo(step: number, value: number): number {
  if (!Number.isFinite(step)) return Number.NaN;
  return step === 0 ? 0 : Math.round(value / step) * step;
}

/** The greatest element of an input rounded to int16 or, where two unsigned halves of seven bits hold it, to 14 bits. */
export const greatestInput = ({ byteDots }: Pick<Engine, 'byteDots'>): number => (byteDots ? 2 ** 13 - 1 : 2 ** 15 - 1);

/**
 * How far an int8 layer may be from the float64 one with the same weights, for each layer of a stack: 5e-4 where inputs are
 * int16. The rounding of inputs is all that differs, so it grows as their step.
 */
export const int8Tolerance = (engine: Pick<Engine, 'byteDots'>): number =>
  (5e-4 * (2 ** 15 - 1)) / greatestInput(engine);
