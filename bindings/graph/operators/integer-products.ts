import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { broadcastDims, broadcastStrides, sizeOf } from '../dims.js';
import type { Values } from '../dtype.js';
import { tightStrides } from '../loops.js';
import type { Known, Operator, OperatorTable, Site } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { convolutionOf } from './convolution-shape.js';
import { finishing, numberAt, type Roles } from './integer-finish.js';
import { integerOperator } from './integer-operator.js';
import { ByteRange } from './quantization.js';

/** @throws {TypeError} if an input is not of bytes */
function assertBytes(site: Site, ...inputs: readonly Known[]): void {
  for (const { dtype } of inputs) {
    if (dtype !== 'int8' && dtype !== 'uint8') throw typeError(`${site.who}: got ${dtype}, expected int8 or uint8`);
  }
}

/**
 * numpy.matmul of bytes. A float for the first factor is quantised as a whole on the way.
 *
 * @param flips whether attributes may turn the factors around, as Gemm's do
 */
function matMul(roles: Roles, flips = false): Operator {
  return (site) => {
    const [a, b] = [site.input(roles.a), site.input(roles.b)];
    const isDynamic = a.dtype === 'float32' && roles.aScale === undefined && roles.bScale !== undefined;
    assertBytes(site, b, ...(isDynamic ? [] : [a]));
    const [transA, transB] = ['transA', 'transB'].map((name) => flips && site.attributes.int(name, 0) !== 0);
    if (flips && site.attributes.float('alpha', 1) !== 1) {
      throw rangeError(`${site.who}: got alpha ${site.attributes.float('alpha')}, expected 1`);
    }
    const aDims = a.dims.length === 1 ? [1, ...a.dims] : a.dims;
    const bDims = b.dims.length === 1 ? [...b.dims, 1] : b.dims;
    const [m = 0, k = 0] = transA ? aDims.slice(-2).reverse() : aDims.slice(-2);
    const [rows = 0, n = 0] = transB ? bDims.slice(-2).reverse() : bDims.slice(-2);
    if (
      a.dims.length === 0 ||
      b.dims.length === 0 ||
      k !== rows ||
      (flips && (aDims.length !== 2 || bDims.length !== 2))
    ) {
      throw rangeError(`${site.who}: got dims ${formatDims(a.dims)} and ${formatDims(b.dims)}, expected ${k} rows`);
    }
    const [aBatch, bBatch] = [aDims.slice(0, -2), bDims.slice(0, -2)];
    const batch = broadcastDims([aBatch, bBatch], site);
    const matrices = sizeOf(batch);
    const starts = [aBatch, bBatch].map((dims) => broadcastStrides(dims, batch));
    const tight = tightStrides(batch);
    const startOf = (which: number, r: number) => {
      let [rest, start] = [Math.floor(r / m), 0];
      for (let d = 0; d < batch.length; d++) {
        start += Math.floor(rest / tight[d]) * starts[which][d];
        rest %= tight[d];
      }
      return start;
    };
    const aZeros = roles.aZero === undefined ? undefined : site.inputs[roles.aZero];
    const count = matrices * m;
    const { dtype, begin, finish } = finishing(site, roles, aZeros && sizeOf(aZeros.dims) === m ? m : count, n);
    const range = new ByteRange();
    let [from, at]: [readonly Values[], readonly number[]] = [[], []];
    const dims = [...batch, ...(a.dims.length === 1 ? [] : [m]), ...(b.dims.length === 1 ? [] : [n])];
    return integerOperator(site, {
      output: { dtype, dims },
      count,
      width: k,
      outputs: n,
      weights: b,
      isOneMatrix: sizeOf(bBatch) === 1,
      weightAt: (r, output, element) =>
        (bBatch.length ? startOf(1, r) * k * n : 0) + (transB ? output * k + element : element * n + output),
      weightZeros: roles.bZero === undefined ? undefined : site.inputs[roles.bZero],
      begin: (arrays, places) => {
        [from, at] = [arrays, places];
        begin(arrays, places);
        if (isDynamic) range.measure(from[roles.a], at[roles.a], sizeOf(a.dims));
      },
      row: (to, r) => {
        const values = from[roles.a];
        const base = at[roles.a] + startOf(0, r) * m * k;
        const [first, step] = transA ? [base + (r % m), m] : [base + (r % m) * k, 1];
        const zero = numberAt(aZeros, roles.aZero ?? 0, from, at, r % m);
        for (let i = 0; i < k; i++) {
          const value = values[first + i * step];
          to[i] = isDynamic ? range.byte(value) - range.zero : value - zero;
        }
      },
      place: (r, output) => r * n + output,
      finish: (r, output, sum) => finish(r, output, sum, isDynamic ? range.scale : undefined),
    });
  };
}

/** A convolution of bytes: the elements under a window are a row. */
function convolution(roles: Roles): Operator {
  return (site) => {
    const [x, w] = [site.input(roles.a), site.input(roles.b)];
    assertBytes(site, x, w);
    const bias = roles.bias === undefined ? undefined : site.inputs[roles.bias];
    const { batch, channels, filters, groups, windows, dims } = convolutionOf(site, x, w, bias);
    const places = sizeOf(windows.map((window) => window.count));
    const taps = sizeOf(windows.map((window) => window.kernel));
    const [perGroup, outputs] = [channels / groups, filters / groups];
    const plane = sizeOf(windows.map((window) => window.extent));
    const width = perGroup * taps;
    const { dtype, begin, finish } = finishing(site, roles, 1, filters);
    const zeros = roles.aZero === undefined ? undefined : site.inputs[roles.aZero];
    let [from, at]: [readonly Values[], readonly number[]] = [[], []];
    /** Where tap `t` of place `p` is in a plane; −1 in the padding. */
    tensorBytes('int32', [places, taps], site);
    let table = new Int32Array(0);
    const fill = () => {
      table = new Int32Array(places * taps);
      for (let p = 0; p < places; p++) {
        for (let t = 0; t < taps; t++) {
          let [index, restP, restT, stride] = [0, p, t, 1];
          for (let d = windows.length - 1; d >= 0; d--) {
            const { extent, kernel, stride: step, dilation, before, count } = windows[d];
            const i = (restP % count) * step - before + (restT % kernel) * dilation;
            if (i < 0 || i >= extent) index = Number.NaN;
            index += i * stride;
            stride *= extent;
            restP = Math.floor(restP / count);
            restT = Math.floor(restT / kernel);
          }
          table[p * taps + t] = Number.isNaN(index) ? -1 : index;
        }
      }
    };
    const groupOf = (r: number) => Math.floor(r / places) % groups;
    const isShared = groups === 1;
    return integerOperator(site, {
      output: { dtype, dims },
      count: batch * groups * places,
      width,
      outputs,
      weights: w,
      isOneMatrix: isShared,
      weightAt: (r, output, element) => (isShared ? output : groupOf(r) * outputs + output) * width + element,
      weightZeros: roles.bZero === undefined ? undefined : site.inputs[roles.bZero],
      begin: (arrays, starts) => {
        [from, at] = [arrays, starts];
        begin(arrays, starts);
        if (table.length === 0) fill();
      },
      row: (to, r) => {
        const values = from[roles.a];
        const zero = numberAt(zeros, roles.aZero ?? 0, from, at, 0);
        const first = at[roles.a] + (Math.floor(r / places / groups) * channels + groupOf(r) * perGroup) * plane;
        const row = (r % places) * taps;
        for (let c = 0; c < perGroup; c++) {
          for (let t = 0; t < taps; t++) {
            const index = table[row + t];
            to[c * taps + t] = index < 0 ? 0 : values[first + c * plane + index] - zero;
          }
        }
      },
      place: (r, output) =>
        (Math.floor(r / places / groups) * filters + groupOf(r) * outputs + output) * places + (r % places),
      finish: (r, output, sum) => finish(0, isShared ? output : groupOf(r) * outputs + output, sum),
    });
  };
}

/** Products of integers in ONNX's own domain. */
export const INTEGER_PRODUCTS: OperatorTable = {
  MatMulInteger: [{ since: 10, operator: matMul({ a: 0, b: 1, aZero: 2, bZero: 3 }) }],
  QLinearMatMul: [
    { since: 10, operator: matMul({ a: 0, aScale: 1, aZero: 2, b: 3, bScale: 4, bZero: 5, yScale: 6, yZero: 7 }) },
  ],
  ConvInteger: [{ since: 10, operator: convolution({ a: 0, b: 1, aZero: 2, bZero: 3 }) }],
  QLinearConv: [
    {
      since: 10,
      operator: convolution({ a: 0, aScale: 1, aZero: 2, b: 3, bScale: 4, bZero: 5, yScale: 6, yZero: 7, bias: 8 }),
    },
  ],
};

/** The same in com.microsoft. */
export const MICROSOFT_PRODUCTS: OperatorTable = {
  MatMulIntegerToFloat: matMul({ a: 0, b: 1, aScale: 2, bScale: 3, aZero: 4, bZero: 5, bias: 6 }),
  DynamicQuantizeMatMul: matMul({ a: 0, b: 1, bScale: 2, bZero: 3, bias: 4 }),
  QGemm: matMul({ a: 0, aScale: 1, aZero: 2, b: 3, bScale: 4, bZero: 5, bias: 6, yScale: 7, yZero: 8 }, true),
};
