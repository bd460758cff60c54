import { assertTensor, isFloat32Array, type Tensor } from '../tensor.js';

/**
 * exp(x) / Σ exp(x) over one row, shifted by the greatest element so that nothing overflows; sums in float64.
 *
 * @param log gives x − log Σ exp(x) instead
 * @param out may be x
 */
export function softmaxRow(
  x: Float32Array,
  start: number,
  size: number,
  out: Float32Array,
  outStart: number,
  log: boolean,
): void {
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < size; i++) greatest = Math.max(greatest, x[start + i]);
  let sum = 0;
  for (let i = 0; i < size; i++) sum += Math.exp(x[start + i] - greatest);
  const logSum = Math.log(sum);
  for (let i = 0; i < size; i++) {
    const shifted = x[start + i] - greatest;
    out[outStart + i] = log ? shifted - logSum : Math.exp(shifted) / sum;
  }
}

/**
 * Softmax over the last dimension, as torch.softmax(x, -1).
 *
 * @param logits a tensor, or a flat array for one row; stays the caller's
 * @returns the same kind and dims, a copy
 * @throws {TypeError | RangeError} if it is neither
 *
 * @example
 * ```ts
 * import { softmax } from 'hiddenstate';
 *
 * const probabilities = softmax(Float32Array.of(2, 1, 0));
 * console.log(Array.from(probabilities, (p) => p.toFixed(2)).join(' ')); // 0.67 0.24 0.09
 * ```
 */
export function softmax<T extends Tensor | Float32Array>(logits: T): T {
  return mapRows(logits, 'softmax', false);
}

/**
 * Log-softmax over the last dimension, as torch.log_softmax(x, -1).
 *
 * @param logits a tensor, or a flat array for one row; stays the caller's
 * @returns the same kind and dims, a copy
 * @throws {TypeError | RangeError} if it is neither
 *
 * @example
 * ```ts
 * import { logSoftmax } from 'hiddenstate';
 *
 * const { data } = logSoftmax({ data: Float32Array.of(2, 1, 0, 0), dims: [2, 2] }); // each row by itself
 * console.log(Array.from(data, (p) => p.toFixed(2)).join(' ')); // -0.31 -1.31 -0.69 -0.69
 * ```
 */
export function logSoftmax<T extends Tensor | Float32Array>(logits: T): T {
  return mapRows(logits, 'logSoftmax', true);
}

function mapRows<T extends Tensor | Float32Array>(logits: T, who: string, log: boolean): T {
  if (isFloat32Array(logits)) return softmaxRows(logits, logits.length, log) as T;
  assertTensor(logits, `${who}: logits`);
  return { data: softmaxRows(logits.data, logits.dims.at(-1) ?? 1, log), dims: [...logits.dims] } as unknown as T;
}

function softmaxRows(x: Float32Array, width: number, log: boolean): Float32Array {
  const out = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += width) softmaxRow(x, start, width, out, start, log);
  return out;
}
