import { rangeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { sizeOf } from '../dims.js';
import { type Dtype, extremesOf, roundToEven, type Values } from '../dtype.js';
import type { Known, Site } from '../operator.js';
import { scaleOf, zerosOf } from './quantization.js';

/** Which inputs of an operator are what; its last ones make the result: int32 sums unless there are scales. */
export interface Roles {
  readonly a: number;
  readonly aScale?: number;
  readonly aZero?: number;
  readonly b: number;
  readonly bScale?: number;
  readonly bZero?: number;
  readonly bias?: number;
  readonly yScale?: number;
  readonly yZero?: number;
}

/** One number for each row, each output, or for all. */
export function numberAt(
  known: Known | undefined,
  i: number,
  from: readonly Values[],
  at: readonly number[],
  k: number,
): number {
  return known ? from[i][at[i] + (sizeOf(known.dims) === 1 ? 0 : k)] : 0;
}

/** How sums become the result, shared by products and convolutions. */
export function finishing(site: Site, roles: Roles, rows: number, outputs: number) {
  const { aScale = -1, bScale = -1, bias = -1, yScale = -1, yZero = -1 } = roles;
  const scales = [aScale, bScale, yScale].map((i) => (i < 0 || !site.inputs[i] ? undefined : scaleOf(site, i)));
  const [scaleA, scaleB, scaleY] = scales;
  const zeroY = scaleY && zerosOf(site, yZero, scaleY);
  const added = bias < 0 ? undefined : site.inputs[bias];
  const ofRows = [scaleA, site.inputs[roles.aZero ?? -1]];
  const ofOutputs = [scaleB, site.inputs[roles.bZero ?? -1], added];
  const fits = (known: Known | undefined, count: number) =>
    !known || sizeOf(known.dims) === 1 || sizeOf(known.dims) === count;
  if (
    !ofRows.every((known) => fits(known, rows)) ||
    !ofOutputs.every((known) => fits(known, outputs)) ||
    !fits(scaleY, 1)
  ) {
    const got = [...ofRows, ...ofOutputs].map((known) => (known ? formatDims(known.dims) : 'none')).join(', ');
    throw rangeError(`${site.who}: got scales, zero points and bias ${got}, expected one, or ${rows} and ${outputs}`);
  }
  const dtype: Dtype = scaleY ? (zeroY?.dtype ?? 'uint8') : scaleB || bScale >= 0 ? 'float32' : 'int32';
  const [least, most] = extremesOf(dtype);
  let [from, at]: [readonly Values[], readonly number[]] = [[], []];
  return {
    dtype,
    begin: (arrays: readonly Values[], places: readonly number[]) => {
      from = arrays;
      at = places;
    },
    /** @param factor what the a's scale is, where no input says so */
    finish: (r: number, n: number, sum: number, factor?: number): number => {
      const total = added && added.dtype === 'int32' ? sum + numberAt(added, bias, from, at, n) : sum;
      if (dtype === 'int32') return total;
      const scale = Math.fround(
        (factor ?? numberAt(scaleA, aScale, from, at, r)) * numberAt(scaleB, bScale, from, at, n),
      );
      if (!scaleY) {
        const product = Math.fround(Math.fround(total) * scale);
        return added && added.dtype !== 'int32' ? product + numberAt(added, bias, from, at, n) : product;
      }
      const ratio = Math.fround(scale / numberAt(scaleY, yScale, from, at, 0));
      const rounded = roundToEven(Math.fround(Math.fround(total) * ratio));
      return Math.max(least, Math.min(most, rounded + numberAt(zeroY, yZero, from, at, 0)));
    },
  };
}
