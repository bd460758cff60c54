import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { broadcastDims, broadcastStrides, sizeOf } from '../dims.js';
import { STORAGE, type Values } from '../dtype.js';
import { planLoops } from '../loops.js';
import { Memory } from '../memory.js';
import type { Known, Operator, OperatorTable, Prepared, Site } from '../operator.js';
import { type PackedProduct, packedProductScratch, packedProductStep } from './packed-product.js';

/** One matrix product: element (m, n) of out is Σ a[m, k] · b[k, n], each matrix with strides of its own. */
interface PlainProduct {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly aStrides: readonly [number, number];
  readonly bStrides: readonly [number, number];
  /** A factor; 1 unless given. */
  readonly alpha?: number;
}

/** As numpy.matmul. */
const matMul: Operator = (site) => matMulWith(site, false, false, 1);

/** As numpy.matmul, the last two axes of either factor turned around or not, times `alpha`. */
export function matMulWith(site: Site, transA: boolean, transB: boolean, alpha: number): Prepared {
  const a = site.input(0);
  const b = site.input(1);
  assertFactors(site, a, b);
  const aDims = a.dims.length === 1 ? [1, ...a.dims] : a.dims;
  const bDims = b.dims.length === 1 ? [...b.dims, 1] : b.dims;
  const [m, k] = transA ? aDims.slice(-2).reverse() : aDims.slice(-2);
  const [rows, n] = transB ? bDims.slice(-2).reverse() : bDims.slice(-2);
  if (k !== rows)
    throw rangeError(`${site.who}: got dims ${formatDims(a.dims)} and ${formatDims(b.dims)}, expected ${k} rows`);
  const batch = broadcastDims([aDims.slice(0, -2), bDims.slice(0, -2)], site);
  const dims = [...batch, ...(a.dims.length === 1 ? [] : [m]), ...(b.dims.length === 1 ? [] : [n])];
  if (b.constant && bDims.length === 2 && isSingle(b) && !transA && k > 0 && n > 0) {
    const count = sizeOf(batch) * m;
    const product = { count, inputSize: k, outputSize: n, weight: b.constant, transposed: !transB, alpha };
    return packedProduct(a, dims, product);
  }
  const plain: PlainProduct = {
    m,
    k,
    n,
    aStrides: transA ? [1, m] : [k, 1],
    bStrides: transB ? [1, k] : [n, 1],
    alpha,
  };
  const matrices = [batch.map((_, d) => m * n * sizeOf(batch.slice(d + 1)))];
  const scaledStrides = (inner: readonly number[], size: number) =>
    broadcastStrides(inner, batch).map((stride) => stride * size);
  matrices.push(scaledStrides(aDims.slice(0, -2), m * k), scaledStrides(bDims.slice(0, -2), k * n));
  const loops = planLoops(site, batch, matrices);
  return {
    outputs: [{ dtype: a.dtype, dims }],
    bind: ({ memory, input, output }) => {
      const { view } = STORAGE[a.dtype];
      const [o, x, y] = [output(0), input(0), input(1)].map((address) => Memory.index(address, view));
      const { inner, outer, starts, steps } = loops;
      return () => {
        const values = memory[view];
        for (let i = 0; i < outer; i++) {
          for (let j = 0; j < inner; j++) {
            const at = (operand: number, base: number) => base + starts[operand][i] + j * steps[operand];
            multiply(values, at(0, o), at(1, x), at(2, y), plain);
          }
        }
      };
    },
  };
}

/** out = alpha · A′ · B′ + beta · C, A′ and B′ transposed or not. */
export const gemm: Operator = (site) => {
  const a = site.input(0);
  const b = site.input(1);
  assertFactors(site, a, b);
  const { attributes } = site;
  const alpha = attributes.float('alpha', 1);
  const beta = attributes.float('beta', 1);
  const transA = attributes.int('transA', 0) !== 0;
  const transB = attributes.int('transB', 0) !== 0;
  if (a.dims.length !== 2 || b.dims.length !== 2) {
    throw rangeError(`${site.who}: got dims ${formatDims(a.dims)} and ${formatDims(b.dims)}, expected two matrices`);
  }
  const [m, k] = transA ? [a.dims[1], a.dims[0]] : a.dims;
  const [rows, n] = transB ? [b.dims[1], b.dims[0]] : b.dims;
  if (k !== rows)
    throw rangeError(`${site.who}: got dims ${formatDims(a.dims)} and ${formatDims(b.dims)}, expected ${k} rows`);
  const c = site.inputs[2];
  if (c && c.dtype !== a.dtype) throw typeError(`${site.who}: C: got ${c.dtype}, expected ${a.dtype}`);
  if (c && broadcastDims([c.dims, [m, n]], site).join() !== `${m},${n}`) {
    throw rangeError(`${site.who}: C: got dims ${formatDims(c.dims)}, expected dims that broadcast to [${m}, ${n}]`);
  }
  const isRow = !c || (c.constant !== undefined && c.dims.at(-1) === n && sizeOf(c.dims) === n);
  if (b.constant && !transA && isRow && isSingle(b) && k > 0 && n > 0) {
    const product = {
      count: m,
      inputSize: k,
      outputSize: n,
      weight: b.constant,
      transposed: !transB,
      bias: c?.constant,
      alpha,
      beta,
    };
    return packedProduct(a, [m, n], product);
  }
  const plain: PlainProduct = { m, k, n, aStrides: transA ? [1, m] : [k, 1], bStrides: transB ? [1, k] : [n, 1] };
  const cStrides = c ? broadcastStrides(c.dims, [m, n]) : [0, 0];
  return {
    outputs: [{ dtype: a.dtype, dims: [m, n] }],
    bind: ({ memory, input, output }) => {
      const { view } = STORAGE[a.dtype];
      const [o, x, y] = [output(0), input(0), input(1)].map((address) => Memory.index(address, view));
      const z = c ? Memory.index(input(2), view) : 0;
      return () => {
        const values = memory[view];
        multiply(values, o, x, y, plain);
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            const bias = c ? beta * values[z + i * cStrides[0] + j * cStrides[1]] : 0;
            values[o + i * n + j] = alpha * values[o + i * n + j] + bias;
          }
        }
      };
    },
  };
};

function assertFactors(site: Site, a: Known, b: Known): void {
  if (a.dtype !== b.dtype) throw typeError(`${site.who}: got ${a.dtype} and ${b.dtype}, expected one type`);
  if (a.dims.length === 0 || b.dims.length === 0) throw rangeError(`${site.who}: got a scalar, expected matrices`);
}

function isSingle({ dtype }: Known): boolean {
  return STORAGE[dtype].view === 'f32';
}

function packedProduct({ dtype }: Known, dims: readonly number[], product: PackedProduct): Prepared {
  return {
    outputs: [{ dtype, dims }],
    scratch: packedProductScratch(product),
    bind: (place) => packedProductStep(place, product, place.input(0), place.output(0)),
  };
}

/** Sums in float64, rounded once. */
function multiply(
  values: Values,
  o: number,
  a: number,
  b: number,
  { m, k, n, aStrides, bStrides, alpha = 1 }: PlainProduct,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++)
        sum += values[a + i * aStrides[0] + l * aStrides[1]] * values[b + l * bStrides[0] + j * bStrides[1]];
      values[o + i * n + j] = sum * alpha;
    }
  }
}

export const PRODUCTS: OperatorTable = { MatMul: matMul, Gemm: gemm };
