import { rangeError } from '../../errors.js';
import { assertTensor, describeValue, formatDims, type Tensor } from '../../tensor.js';

/** Which rows of an output count, and how much. */
export interface LossMask {
  /** Valid steps of each sequence of an output [T, B, F]: the rows past them do not count. */
  lengths?: ArrayLike<number> | undefined;
  /** A weight for each row of the output, with its dims but the last: [T, B]. At least 0; a row of 0 is not read. */
  weights?: Tensor | undefined;
  /** Whether the output is [B, T, F]. Default false. */
  batchFirst?: boolean;
}

/**
 * The weight of every row.
 *
 * @param dims of the output, without the last
 * @returns undefined if all count alike
 * @throws {TypeError | RangeError} if lengths or weights do not fit
 */
export function rowWeights(dims: readonly number[], mask: LossMask, who: string): Float32Array | undefined {
  const { lengths, weights, batchFirst = false } = mask;
  if (weights !== undefined) checkWeights(weights, dims, who);
  if (lengths === undefined) return weights?.data;
  if (dims.length !== 2) {
    throw rangeError(`${who}: lengths: got lengths for rows of dims ${formatDims(dims)}, expected steps and sequences`);
  }
  const [steps, batch] = batchFirst ? [dims[1], dims[0]] : dims;
  checkLengths(lengths, steps, batch, who);
  const result = weights === undefined ? new Float32Array(steps * batch).fill(1) : weights.data.slice();
  for (let b = 0; b < batch; b++) {
    for (let t = lengths[b]; t < steps; t++) result[batchFirst ? b * steps + t : t * batch + b] = 0;
  }
  return result;
}

function checkWeights(weights: Tensor, dims: readonly number[], who: string): void {
  assertTensor(weights, `${who}: weights`);
  if (weights.dims.length !== dims.length || weights.dims.some((size, i) => size !== dims[i])) {
    throw rangeError(`${who}: weights: got dims ${formatDims(weights.dims)}, expected ${formatDims(dims)}`);
  }
  const wrong = weights.data.find((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (wrong !== undefined) throw rangeError(`${who}: weights: got ${wrong}, expected finite numbers of at least 0`);
}

function checkLengths(lengths: ArrayLike<number>, steps: number, batch: number, who: string): void {
  if (typeof lengths !== 'object' || lengths === null || lengths.length !== batch) {
    throw rangeError(`${who}: lengths: got ${describeValue(lengths)}, expected ${batch} numbers`);
  }
  for (let b = 0; b < batch; b++) {
    if (Number.isInteger(lengths[b]) && lengths[b] >= 0 && lengths[b] <= steps) continue;
    throw rangeError(`${who}: lengths[${b}]: got ${describeValue(lengths[b])}, expected an integer from 0 to ${steps}`);
  }
}
