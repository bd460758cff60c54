import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { resolveAxis, sizeOf } from '../dims.js';
import { type Dtype, extremesOf, fromHalf, isFloat, roundToEven, STORAGE, toHalf, type Values } from '../dtype.js';
import type { Known, Operator, OperatorTable, Site } from '../operator.js';
import { along } from './along.js';
import { dtypeNamed } from './casts.js';
import { overAll, overArrays } from './over-arrays.js';

/** What stands for a number: (number / scale, rounded to even, + zero) within the type's own range. */
export function quantized(x: number, scale: number, zero: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, roundToEven(Math.fround(x / scale)) + zero));
}

/**
 * The scale or the zero points of a tensor, checked as far as they are known.
 *
 * @throws {RangeError} if a scale is not a number above 0
 */
export function scaleOf(site: Site, i: number): Known {
  const scale = site.input(i);
  if (!isFloat(scale.dtype)) throw typeError(`${site.who}: input ${i}: got ${scale.dtype}, expected a scale of floats`);
  for (const value of scale.constant?.data ?? []) {
    if (value > 0 && value < Number.POSITIVE_INFINITY) continue;
    throw rangeError(`${site.who}: input ${i}: got scale ${value}, expected a number above 0`);
  }
  return scale;
}

/** The zero points that go with a scale, of the type that they are the zeros of; `undefined` where they are left out. */
export function zerosOf(site: Site, i: number, scale: Known, dtype?: Dtype): Known | undefined {
  const zeros = site.inputs[i];
  if (!zeros) return undefined;
  if (dtype && zeros.dtype !== dtype)
    throw typeError(`${site.who}: got a zero point of ${zeros.dtype}, expected ${dtype}`);
  if (sizeOf(zeros.dims) !== sizeOf(scale.dims)) {
    throw rangeError(
      `${site.who}: got zero points ${formatDims(zeros.dims)}, expected ${formatDims(scale.dims)} as the scales`,
    );
  }
  return zeros;
}

/** Which of the scales an element has: calls back with both, runs of elements at a time. */
function eachScale(site: Site, dims: readonly number[], scale: Known) {
  const single = sizeOf(scale.dims) === 1 && scale.dims.length < 2;
  const axis = single ? 0 : resolveAxis(site.attributes.int('axis', 1), dims.length, site);
  const { outer, extent, inner } = single ? { outer: 1, extent: 1, inner: sizeOf(dims) } : along(dims, axis);
  const isBlocked = !single && scale.dims.length === dims.length && (dims.length > 1 || scale.dims[0] !== extent);
  const blocks = isBlocked ? scale.dims[axis] : extent;
  const side = site.attributes.int('block_size', 0) || Math.ceil(extent / blocks);
  const wanted = isBlocked ? dims.with(axis, Math.ceil(extent / side)) : [extent];
  if (!single && scale.dims.join() !== wanted.join()) {
    const expected = `one, ${formatDims([extent])} or one for each block along axis ${axis}`;
    throw rangeError(
      `${site.who}: got scales ${formatDims(scale.dims)} for dims ${formatDims(dims)}, expected ${expected}`,
    );
  }
  return (visit: (scale: number, from: number, count: number) => void) => {
    for (let a = 0; a < outer; a++) {
      for (let i = 0; i < extent; i++) {
        const from = (a * extent + i) * inner;
        if (!isBlocked) visit(i, from, inner);
        else {
          const first = (a * blocks + Math.floor(i / side)) * inner;
          for (let b = 0; b < inner; b++) visit(first + b, from + b, 1);
        }
      }
    }
  };
}

const quantizeLinear: Operator = (site) => {
  const [x, scale] = [site.input(0), scaleOf(site, 1)];
  const asked = site.attributes.int('output_dtype', 0);
  const dtype = site.inputs[2]?.dtype ?? (asked ? dtypeNamed(site, asked) : 'uint8');
  const zeros = zerosOf(site, 2, scale);
  if (!STORAGE[dtype].integer || (asked && zeros && dtypeNamed(site, asked) !== dtype)) {
    throw typeError(`${site.who}: got zero points of ${dtype}, expected integers of the output's type`);
  }
  const [least, most] = extremesOf(dtype);
  const each = eachScale(site, x.dims, scale);
  const precision = site.attributes.int('precision', 0);
  const isHalf = (precision ? dtypeNamed(site, precision) : scale.dtype) === 'float16';
  return overArrays([x, scale, zeros], { dtype, dims: x.dims }, (to, o, from, at) => {
    each((k, first, count) => {
      const factor = from[1][at[1] + k];
      const zero = zeros ? from[2][at[2] + k] : 0;
      for (let i = first; i < first + count; i++) {
        const value = from[0][at[0] + i];
        to[o + i] = isHalf
          ? quantized(fromHalf(toHalf(value / factor)), 1, zero, least, most)
          : quantized(value, factor, zero, least, most);
      }
    });
  });
};

const dequantizeLinear: Operator = (site) => {
  const [x, scale] = [site.input(0), scaleOf(site, 1)];
  if (!STORAGE[x.dtype].integer) throw typeError(`${site.who}: got ${x.dtype}, expected quantised integers`);
  const zeros = zerosOf(site, 2, scale, x.dtype);
  const each = eachScale(site, x.dims, scale);
  const asked = site.attributes.int('output_dtype', 0);
  const dtype = asked ? dtypeNamed(site, asked) : scale.dtype;
  return overArrays([x, scale, zeros], { dtype, dims: x.dims }, (to, o, from, at) => {
    each((k, first, count) => {
      const factor = from[1][at[1] + k];
      const zero = zeros ? from[2][at[2] + k] : 0;
      for (let i = first; i < first + count; i++) to[o + i] = (from[0][at[0] + i] - zero) * factor;
    });
  });
};

/** Scale and zero point that fit a run of floats to unsigned bytes, zero included. */
export class ByteRange {
  scale = 1;
  zero = 0;

  /** Measures `count` elements from `at` on. */
  measure(values: Values, at: number, count: number): void {
    let least = 0;
    let most = 0;
    for (let i = at; i < at + count; i++) {
      const value = values[i];
      if (value < least) least = value;
      if (value > most) most = value;
    }
    this.scale = most === least ? 1 : Math.fround(Math.fround(most - least) / 255);
    this.zero = Math.max(0, Math.min(255, roundToEven(Math.fround(-Math.fround(least / this.scale)))));
  }

  /** The byte that stands for a number. */
  byte(x: number): number {
    return quantized(x, this.scale, this.zero, 0, 255);
  }
}

const dynamicQuantizeLinear: Operator = (site) => {
  const x = site.input(0);
  const size = sizeOf(x.dims);
  const range = new ByteRange();
  const outputs = [
    { dtype: 'uint8', dims: x.dims },
    { dtype: 'float32', dims: [] },
    { dtype: 'uint8', dims: [] },
  ] as const;
  return overAll([x], outputs, (to, o, [from], [at]) => {
    range.measure(from, at, size);
    for (let i = 0; i < size; i++) to[0][o[0] + i] = range.byte(from[at + i]);
    to[1][o[1]] = range.scale;
    to[2][o[2]] = range.zero;
  });
};

/** Operators between floats and the integers that stand for them. */
export const QUANTIZATION: OperatorTable = {
  QuantizeLinear: [{ since: 10, operator: quantizeLinear }],
  DequantizeLinear: [{ since: 10, operator: dequantizeLinear }],
  DynamicQuantizeLinear: [{ since: 11, operator: dynamicQuantizeLinear }],
};

/** The same in com.microsoft. */
export const MICROSOFT_QUANTIZATION: OperatorTable = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
};
