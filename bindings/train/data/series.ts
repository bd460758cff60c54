import { rangeError } from '../../errors.js';
import { assertTensor, describeValue, formatDims, isFloat32Array, type Tensor } from '../../tensor.js';
import { assertFinite } from '../assert-finite.js';

/** A series in time order: [N, F], or N numbers. */
export type Series = Tensor | Float32Array;

/** A checked series: rows of `width` floats. */
export interface Rows {
  readonly data: Float32Array;
  readonly count: number;
  readonly width: number;
  /** Dims of a row: [] for a series of numbers. */
  readonly dims: readonly number[];
}

/**
 * Checks a series.
 *
 * @throws {TypeError | RangeError} if it is none, or holds NaN or an infinity: learning from one would spoil every weight
 */
export function rowsOf(series: Series, who: string): Rows {
  if (isFloat32Array(series)) return finite({ data: series, count: series.length, width: 1, dims: [] }, who);
  assertTensor(series, who);
  const { data, dims } = series;
  if (dims.length === 0 || dims.length > 2 || dims[1] === 0) {
    throw rangeError(`${who}: got dims ${formatDims(dims)}, expected [N] or [N, F]`);
  }
  return finite({ data, count: dims[0], width: dims[1] ?? 1, dims: dims.slice(1) }, who);
}

/**
 * Splits a series in time: what comes last is kept apart to validate with.
 *
 * @param fraction of the rows that go to the second part, rounded down; from 0 to 1
 * @returns two views of the series
 * @throws {TypeError | RangeError} if the series or the fraction does not fit
 *
 * @example
 * ```ts
 * import { splitByTime } from 'hiddenstate/train';
 *
 * const series = Float32Array.from({ length: 100 }, (_, t) => t);
 * const [past, latest] = splitByTime(series, 0.2);
 * console.log(past.dims, latest.dims, latest.data[0]); // [ 80 ] [ 20 ] 80
 * ```
 */
export function splitByTime(series: Series, fraction: number): [Tensor, Tensor] {
  const who = 'splitByTime';
  const rows = rowsOf(series, `${who}: series`);
  assertFinite(fraction, `${who}: fraction`, 0, 1);
  const first = rows.count - Math.floor(rows.count * fraction);
  return [partOf(rows, 0, first), partOf(rows, first, rows.count)];
}

function partOf({ data, width, dims }: Rows, from: number, to: number): Tensor {
  return { data: data.subarray(from * width, to * width), dims: [to - from, ...dims] };
}

function finite(rows: Rows, who: string): Rows {
  const at = rows.data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return rows;
  throw rangeError(
    `${who}: got ${describeValue(rows.data[at])} in row ${Math.floor(at / rows.width)}, expected finite numbers`,
  );
}
