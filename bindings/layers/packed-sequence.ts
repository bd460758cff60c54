import { rangeError, typeError } from '../errors.js';
import { assertSize } from '../options.js';
import { describeValue, formatDims, type Tensor } from '../tensor.js';

/**
 * How the steps of a batch are laid out for the kernels: sequences sorted by falling length, then all rows of step 0, all
 * rows of step 1 … as in torch.nn.utils.rnn.PackedSequence. A batch of equal lengths is the case where every step has
 * all rows.
 */
export interface PackedLayout {
  readonly steps: number;
  readonly batch: number;
  /** Rows of each step, never rising. */
  readonly counts: Int32Array;
  /** Rows of all steps together. */
  readonly rows: number;
  /** Which sequence of the user's batch each sorted row holds; `undefined` when they are as they came. */
  readonly order: Int32Array | undefined;
}

/**
 * Lays out a batch.
 *
 * @param lengths valid steps of each sequence; all `steps` unless given
 * @throws {TypeError} if lengths is not an array of numbers
 * @throws {RangeError} if there are not `batch` of them, each an integer from 1 to `steps`
 */
export function packSteps(
  steps: number,
  batch: number,
  lengths: ArrayLike<number> | undefined,
  who: string,
): PackedLayout {
  const counts = new Int32Array(steps);
  if (lengths === undefined) return { steps, batch, counts: counts.fill(batch), rows: steps * batch, order: undefined };
  checkLengths(lengths, steps, batch, who);
  const order = Int32Array.from({ length: batch }, (_, b) => b).sort((a, b) => lengths[b] - lengths[a] || a - b);
  let active = batch;
  let rows = 0;
  for (let t = 0; t < steps; t++) {
    while (active > 0 && lengths[order[active - 1]] <= t) active--;
    counts[t] = active;
    rows += active;
  }
  return { steps, batch, counts, rows, order };
}

function checkLengths(lengths: ArrayLike<number>, steps: number, batch: number, who: string): void {
  if (!Array.isArray(lengths) && !ArrayBuffer.isView(lengths)) {
    throw typeError(`${who}: lengths: got ${describeValue(lengths)}, expected an array of ${batch} step counts`);
  }
  if (lengths.length !== batch) {
    throw rangeError(`${who}: lengths: got ${lengths.length} of them, expected ${batch}, one for each sequence`);
  }
  for (let b = 0; b < batch; b++) {
    if (!Number.isInteger(lengths[b]) || lengths[b] < 1 || lengths[b] > steps) {
      assertSize(lengths[b], `${who}: lengths[${b}]`, 1, steps);
    }
  }
}

/** The dims of a sequence input, read out. */
export interface SequenceDims {
  readonly steps: number;
  readonly batch: number;
  /** Whether the tensor has a batch dimension. */
  readonly batched: boolean;
}

/**
 * Reads [T, I], [T, B, I] or, with `batchFirst`, [B, T, I].
 *
 * @throws {RangeError} if there are other dims, no step or no sequence
 */
export function sequenceDims({ dims }: Tensor, inputSize: number, batchFirst: boolean, who: string): SequenceDims {
  const batched = dims.length === 3;
  const [steps, batch] = batched ? (batchFirst ? [dims[1], dims[0]] : [dims[0], dims[1]]) : [dims[0], 1];
  if ((batched || dims.length === 2) && dims[dims.length - 1] === inputSize && steps > 0 && batch > 0) {
    return { steps, batch, batched };
  }
  const layout = batchFirst ? '[B, T, ' : '[T, B, ';
  throw rangeError(
    `${who}: input: got dims ${formatDims(dims)}, expected ${layout}${inputSize}] or [T, ${inputSize}] with T and B at least 1`,
  );
}

/**
 * Visits every packed row with the row of the user's tensor it stands for.
 *
 * @param visit receives the packed row and the row of a [T, B] (or, with `batchFirst`, [B, T]) tensor
 */
export function eachRow(
  layout: PackedLayout,
  batchFirst: boolean,
  visit: (packed: number, plain: number) => void,
): void {
  const { steps, batch, counts, order } = layout;
  let packed = 0;
  for (let t = 0; t < steps; t++) {
    for (let k = 0; k < counts[t]; k++) {
      const b = order ? order[k] : k;
      visit(packed++, batchFirst ? b * steps + t : t * batch + b);
    }
  }
}
