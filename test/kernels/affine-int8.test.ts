import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANES, quantizedSize } from '../../bindings/engine/abi.js';
import type { Engine } from '../../bindings/engine/engine.js';
import { packBias, packedSize, packInt8, plainMatrix } from '../../bindings/weights/packing.js';
import { packedFormat, quantizedAt } from '../../bindings/weights/quantized.js';
import { INT8_BUILDS } from '../support/builds.js';
import { greatestInput } from '../support/int8.js';
import { mulberry32, randomArray } from '../support/random.js';
import { expectFilled, expectSameBits } from './bits.js';
import { trials } from './draw.js';
import { Buffers, guard } from './guarded-engine.js';

const size = (greatest: number) => fc.integer({ min: 1, max: greatest });

const products = fc.record({
  batch: size(9),
  rows: size(67),
  cols: fc.oneof(size(67), fc.constantFrom(512, 513, 700)),
  /** Vectors between the end of a row and the next. */
  outGap: fc.nat(2),
  xGap: fc.nat(2),
  /** Of x. */
  bound: fc.constantFrom<number>(1e-30, 0.01, 3, 1e30),
  seed: fc.integer(),
});

type Product = typeof products extends fc.Arbitrary<infer T> ? T : never;

interface Numbers {
  /** i8[rows × cols] */
  readonly q: Int8Array;
  /** f32[rows] */
  readonly scales: Float32Array;
  readonly bias: Float32Array;
  /** f32[batch × cols] */
  readonly x: Float32Array;
}

/** Every int8, −128 among them, which a file may hold. */
function drawProduct({ batch, rows, cols, bound, seed }: Product): Numbers {
  const random = mulberry32(seed);
  return {
    q: Int8Array.from({ length: rows * cols }, () => Math.floor(random() * 256) - 128),
    scales: randomArray(rows, random, 0.01),
    bias: randomArray(rows, random, bound),
    x: randomArray(batch * cols, random, bound),
  };
}

/**
 * The product in float64, and how far the kernel may be from it: half a step of x, which is |x|max over the greatest integer
 * of its bits that cannot overflow, times the magnitudes of the weights; then the roundings of the scale, of two products and two sums.
 */
function expected(engine: Engine, { q, scales, bias, x }: Numbers, { batch, rows, cols }: Product) {
  const value = new Float64Array(batch * rows);
  const bound = new Float64Array(batch * rows);
  const limit = Math.min(greatestInput(engine), Math.floor((2 ** 31 - 1) / (128 * (Math.ceil(cols / 4) * 4))));
  for (let i = 0; i < batch * rows; i++) {
    const [b, row] = [Math.floor(i / rows), i % rows];
    const greatest = x.subarray(b * cols, (b + 1) * cols).reduce((a, v) => Math.max(a, Math.abs(v)), 0);
    let sum = 0;
    let weights = 0;
    for (let c = 0; c < cols; c++) {
      sum += q[row * cols + c] * x[b * cols + c];
      weights += Math.abs(q[row * cols + c]);
    }
    const scale = Math.abs(scales[row]);
    value[i] = bias[row] + scales[row] * sum;
    const rounding = 6 * 2 ** -24 * (Math.abs(bias[row]) + scale * weights * greatest);
    bound[i] = (scale * weights * greatest * (1 + 2 ** -20)) / (2 * limit) + rounding;
  }
  return { value, bound };
}

describe.each(INT8_BUILDS)('storedAffine of int8 weights, $name', ({ name, create }) => {
  const engine = create();
  const { broken } = guard(engine);

  /** Runs the kernel on buffers of exactly its sizes; what lies between rows of x is NaN, between rows of out it is 7. */
  function run(product: Product, numbers: Numbers, first = 0, batch = product.batch) {
    const { rows, cols, outGap, xGap } = product;
    const buffers = new Buffers(engine);
    const matrix = plainMatrix(rows, cols, packedFormat(engine, 'int8'));
    const w = buffers.zeros(packedSize(matrix));
    packInt8(engine.memory.buffer, w, matrix, numbers, cols);
    packBias(engine.f32, w, matrix, numbers.bias);
    const [xStride, outStride] = [matrix.cols + xGap * LANES, matrix.rows + outGap * LANES];
    const x = buffers.rows(numbers.x.subarray(first * cols, (first + batch) * cols), cols, xStride);
    for (let b = 0; b < batch; b++) {
      const end = x / 4 + (b + 1) * xStride;
      engine.f32.fill(Number.NaN, end - xGap * LANES, end);
    }
    const q = quantizedAt(engine, 'int8', buffers.zeros(batch * quantizedSize(matrix.cols)));
    const out = buffers.rows(new Float32Array(batch * outStride).fill(7), outStride, outStride);
    const bytes = () => new Uint8Array(engine.memory.buffer, w, packedSize(matrix) * 4);
    const before = bytes().slice();
    engine.kernels.storedAffine(out, w, x, q, batch, matrix.rows, matrix.cols, outStride, xStride);
    expect(Buffer.compare(bytes(), before), 'weights').toBe(0);
    const whole = buffers.read(out, batch, outStride, outStride);
    buffers.release();
    return { whole, matrix, outStride };
  }

  it('equals float64 within half a step of x and touches nothing but its rows', () => {
    let greatest = 0;
    fc.assert(
      fc.property(products, (product) => {
        const numbers = drawProduct(product);
        const { value, bound } = expected(engine, numbers, product);
        const { whole, matrix, outStride } = run(product, numbers);
        for (let b = 0; b < product.batch; b++) {
          const start = b * outStride;
          expectFilled(whole, start + matrix.rows, start + outStride, 7, `gap of row ${b}`);
          expectFilled(whole, start + product.rows, start + matrix.rows, 0, `padding of row ${b}`);
          for (let r = 0; r < product.rows; r++) {
            const i = b * product.rows + r;
            const error = Math.abs(whole[start + r] - value[i]);
            greatest = Math.max(greatest, error / bound[i]);
            if (!(error <= bound[i]))
              expect.fail(`[${b}, ${r}] is ${whole[start + r]}, expected ${value[i]} ± ${bound[i]}`);
          }
        }
        expect(broken()).toEqual([]);
      }),
      trials(name, 300),
    );
    console.log(`affine of int8, ${name}: greatest error ${(100 * greatest).toFixed(0)} % of its bound`);
  });

  it('gives a row the same bits whatever batch it comes in', () => {
    fc.assert(
      fc.property(products, (product) => {
        const numbers = drawProduct(product);
        const { whole, outStride } = run(product, numbers);
        for (let b = 0; b < product.batch; b++) {
          const alone = run(product, numbers, b, 1).whole;
          expectSameBits(alone, whole.subarray(b * outStride, (b + 1) * outStride), `row ${b}`);
        }
      }),
      trials(name, 100),
    );
  });

  it.each([4, 508, 512, 516, 1024, 4096, 65536])('does not overflow: %i columns of the greatest weights', (cols) => {
    for (const weight of [127, -128]) {
      for (const sign of [1, -1]) {
        const product: Product = { batch: 1, rows: 8, cols, outGap: 0, xGap: 0, bound: 1, seed: 0 };
        const numbers: Numbers = {
          q: new Int8Array(8 * cols).fill(weight),
          scales: new Float32Array(8).fill(2 ** -10),
          bias: new Float32Array(8),
          x: new Float32Array(cols).fill(sign * 5),
        };
        const { whole } = run(product, numbers);
        const exact = (cols * weight * sign * 5) / 1024;
        for (const got of whole) expect(Math.abs(got - exact)).toBeLessThan(Math.abs(exact) * 1e-6);
      }
    }
  });

  it('takes NaN to NaN, one infinity to infinities signed as in float32, and keeps both within their row', () => {
    fc.assert(
      fc.property(products, fc.nat(), fc.constantFrom(Number.NaN, 1 / 0, -1 / 0), (product, at, poison) => {
        const numbers = drawProduct(product);
        const clean = run(product, numbers);
        const { rows, cols } = product;
        const [row, column] = [at % product.batch, at % cols];
        numbers.x[row * cols + column] = poison;
        const { whole, outStride } = run(product, numbers);
        for (let b = 0; b < product.batch; b++) {
          const part = (all: Float32Array) => all.subarray(b * outStride, (b + 1) * outStride);
          if (b !== row) expectSameBits(part(whole), part(clean.whole), `row ${b}`);
          else {
            const truth = Array.from({ length: rows }, (_, r) => {
              return numbers.q[r * cols + column] * numbers.scales[r] * poison;
            });
            expectSameBits(part(whole).subarray(0, rows), truth, `poisoned row ${b}`);
          }
        }
      }),
      trials(name, 100),
    );
  });
});

describe('int8 products', () => {
  it('give the same bits with and without assertions and optimisation', () => {
    const [simd, , debug] = INT8_BUILDS.map(({ create }) => create());
    const product: Product = { batch: 3, rows: 40, cols: 36, outGap: 0, xGap: 0, bound: 2, seed: 5 };
    const numbers = drawProduct(product);
    const results = [simd, debug].map((engine) => {
      const buffers = new Buffers(engine);
      const matrix = plainMatrix(40, 36, 'int8');
      const w = buffers.zeros(packedSize(matrix));
      packInt8(engine.memory.buffer, w, matrix, numbers, 36);
      const x = buffers.rows(numbers.x, 36, 36);
      const out = buffers.zeros(3 * 40);
      engine.kernels.storedAffine(out, w, x, buffers.zeros(3 * quantizedSize(36)), 3, 40, 36, 40, 36);
      return buffers.read(out, 3, 40, 40);
    });
    expect(results[1]).toEqual(results[0]);
  });
});

describe('the debug build', () => {
  const engine = INT8_BUILDS[2].create();
  const buffers = new Buffers(engine);
  const at = buffers.zeros(4096);
  const affine = (out: number, w: number, x: number, q: number, rows: number, cols: number, stride: number) => () =>
    engine.kernels.storedAffine(out, w, x, q, 1, rows, cols, stride, cols);

  it.each([
    ['a row count that is no multiple', /gemmInt8: rows must be a multiple/, affine(at, at, at, at, 4, 8, 16)],
    ['a column count that is no multiple', /quantizeRows: .*multiples of 4/, affine(at, at, at, at, 48, 7, 48)],
    ['a row that is too wide', /quantizeRows: cols must be from 1 to 65536/, affine(at, at, at, at, 8, 65540, 8)],
    ['a stride that is no multiple', /gemmInt8: .*multiples of 4/, affine(at, at, at, at, 48, 8, 49)],
    ['a misaligned out', /gemmInt8: .*aligned/, affine(at + 4, at, at, at, 48, 8, 48)],
    ['misaligned weights', /gemmInt8: .*aligned/, affine(at, at + 8, at, at, 48, 8, 48)],
    ['a misaligned x', /quantizeRows: .*aligned/, affine(at, at, at + 12, at, 48, 8, 48)],
    ['a misaligned workspace', /quantizeRows: .*aligned/, affine(at, at, at, at + 4, 48, 8, 48)],
  ])('refuses %s', (_, message, call) => {
    expect(call).toThrow(message);
  });
});
