import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { resolveAxes, sizeOf } from '../dims.js';
import { copyIn, copyOut, type OuterNumbers, outerZeros } from '../dtype.js';
import { planLoops, tightStrides } from '../loops.js';
import type { Operator, OperatorTable } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { dtypeNamed } from './casts.js';
import { overArrays } from './over-arrays.js';

/** The middle of every axis, or zeros around it. */
const centerCropPad: Operator = (site) => {
  const input = site.input(0);
  const { dtype, dims } = input;
  const wanted = site.constant(1).data;
  const axes = site.attributes.ints('axes') ?? dims.map((_, d) => d);
  if (wanted.length !== axes.length || resolveAxes(axes, dims.length, site).length !== axes.length) {
    throw rangeError(`${site.who}: got shape ${formatDims(Array.from(wanted))}, expected ${axes.length} extents`);
  }
  const result = [...dims];
  axes.forEach((axis, i) => {
    result[axis < 0 ? axis + dims.length : axis] = wanted[i];
  });
  tensorBytes(dtype, result, site);
  const [toStrides, fromStrides] = [tightStrides(result), tightStrides(dims)];
  let [toStart, fromStart] = [0, 0];
  const kept = dims.map((extent, d) => {
    const more = result[d] - extent;
    if (more > 0) toStart += Math.floor(more / 2) * toStrides[d];
    else fromStart += Math.floor(-more / 2) * fromStrides[d];
    return Math.min(extent, result[d]);
  });
  const { inner, outer, starts, steps } = planLoops(site, kept, [toStrides, fromStrides], [toStart, fromStart]);
  const size = sizeOf(result);
  return overArrays([input], { dtype, dims: result }, (to, o, [from], [x]) => {
    to.fill(0, o, o + size);
    for (let k = 0; k < outer; k++) {
      for (let i = 0; i < inner; i++) to[o + starts[0][k] + i * steps[0]] = from[x + starts[1][k] + i * steps[1]];
    }
  });
};

/** What is on and above a diagonal of each matrix, or on and below it. */
const trilu: Operator = (site) => {
  const [input, k] = [site.input(0), site.inputs[1]];
  const { dtype, dims } = input;
  const [rows = 0, cols = 0] = dims.slice(-2);
  if (dims.length < 2 || (k && sizeOf(k.dims) !== 1)) {
    throw rangeError(`${site.who}: got dims ${formatDims(dims)}, expected matrices, and one diagonal`);
  }
  const upper = site.attributes.int('upper', 1) !== 0;
  const size = sizeOf(dims);
  return overArrays([input, k], { dtype, dims }, (to, o, from, at) => {
    const diagonal = k ? from[1][at[1]] : 0;
    for (let i = 0; i < size; i++) {
      const over = (i % cols) - (Math.floor(i / cols) % rows) - diagonal;
      to[o + i] = (upper ? over >= 0 : over <= 0) ? from[0][at[0] + i] : 0;
    }
  });
};

/** Ones on a diagonal. */
const eyeLike: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  if (dims.length !== 2) throw rangeError(`${site.who}: got dims ${formatDims(dims)}, expected a matrix`);
  const to = site.attributes.has('dtype') ? dtypeNamed(site, site.attributes.int('dtype')) : dtype;
  const k = site.attributes.int('k', 0);
  const [rows, cols] = dims;
  return overArrays([], { dtype: to, dims }, (out, o) => {
    out.fill(0, o, o + rows * cols);
    for (let r = Math.max(0, -k); r < rows && r + k < cols; r++) out[o + r * cols + r + k] = 1;
  });
};

/** The same bits as another type of as many. */
const bitCast: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const to = dtypeNamed(site, site.attributes.int('to'));
  const size = sizeOf(dims);
  const [one, other] = [outerZeros(dtype, 1), outerZeros(to, 1)] as OuterNumbers[];
  const Seen = other.constructor as new (buffer: ArrayBufferLike) => never;
  if (one.byteLength !== other.byteLength) {
    throw typeError(`${site.who}: got ${dtype} and ${to}, expected types of as many bits`);
  }
  return overArrays([site.input(0)], { dtype: to, dims }, (out, o, [from], [at]) => {
    copyIn(out, o, new Seen(copyOut(from, at, size, dtype).buffer), to);
  });
};

/** Operators that bring elements to other places, or keep some of them. */
export const REARRANGEMENTS: OperatorTable = {
  CenterCropPad: [{ since: 18, operator: centerCropPad }],
  Trilu: [{ since: 14, operator: trilu }],
  EyeLike: [{ since: 9, operator: eyeLike }],
  BitCast: [{ since: 26, operator: bitCast }],
};
