import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANES } from '../../bindings/engine/abi.js';
import { packBias, packedSize, packMatrix, plainMatrix, unpackMatrix } from '../../bindings/weights/packing.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32, randomArray } from '../support/random.js';
import { expectFilled, expectSameBits } from './bits.js';
import { trials } from './draw.js';
import { Buffers, guard } from './guarded-engine.js';

const size = (greatest: number) => fc.integer({ min: 1, max: greatest });

const products = fc.record({
  batch: size(9),
  rows: size(67),
  cols: size(67),
  /** Vectors between the end of a row and the next. */
  outGap: fc.nat(2),
  xGap: fc.nat(2),
  seed: fc.integer(),
});

type Product = typeof products extends fc.Arbitrary<infer T> ? T : never;

/** W f32[rows × cols], bias f32[rows], x f32[batch × cols]. */
function drawProduct({ batch, rows, cols, seed }: Product) {
  const random = mulberry32(seed);
  return {
    weight: randomArray(rows * cols, random),
    bias: randomArray(rows, random),
    x: randomArray(batch * cols, random, 3),
  };
}

/** The product in float64, and how far float32 may be from it: half an ulp of the running sum for each of its terms. */
function expected({ weight, bias, x }: ReturnType<typeof drawProduct>, { batch, rows, cols }: Product) {
  const value = new Float64Array(batch * rows);
  const bound = new Float64Array(batch * rows);
  for (let i = 0; i < batch * rows; i++) {
    const [b, row] = [Math.floor(i / rows), i % rows];
    let magnitude = Math.abs(bias[row]);
    value[i] = bias[row];
    for (let c = 0; c < cols; c++) {
      const term = weight[row * cols + c] * x[b * cols + c];
      value[i] += term;
      magnitude += Math.abs(term);
    }
    bound[i] = magnitude * (cols + 1) * 2 ** -24;
  }
  return { value, bound };
}

describe.each(BUILDS)('affine, $name', ({ name, create }) => {
  const engine = create();
  const { broken } = guard(engine);

  /** Runs the kernel on buffers of exactly its sizes; what lies between rows of x is NaN, between rows of out it is 7. */
  function run(product: Product, numbers: ReturnType<typeof drawProduct>, first = 0, batch = product.batch) {
    const { rows, cols, outGap, xGap } = product;
    const buffers = new Buffers(engine);
    const matrix = plainMatrix(rows, cols);
    const w = buffers.zeros(packedSize(matrix));
    packMatrix(engine.f32, w, matrix, numbers.weight, cols);
    packBias(engine.f32, w, matrix, numbers.bias);
    const [xStride, outStride] = [matrix.cols + xGap * LANES, matrix.rows + outGap * LANES];
    const x = buffers.rows(numbers.x.subarray(first * cols, (first + batch) * cols), cols, xStride);
    for (let b = 0; b < batch; b++) {
      const end = x / 4 + (b + 1) * xStride;
      engine.f32.fill(Number.NaN, end - xGap * LANES, end);
    }
    const out = buffers.rows(new Float32Array(batch * outStride).fill(7), outStride, outStride);
    const inputs = engine.f32.slice(w / 4, w / 4 + packedSize(matrix));
    engine.kernels.affine(out, w, x, batch, matrix.rows, matrix.cols, outStride, xStride);
    expectSameBits(engine.f32.subarray(w / 4, w / 4 + packedSize(matrix)), inputs, 'weights');
    const whole = buffers.read(out, batch, outStride, outStride);
    buffers.release();
    return { whole, matrix, outStride };
  }

  it('equals float64 and touches nothing but its rows', () => {
    let greatest = 0;
    fc.assert(
      fc.property(products, (product) => {
        const numbers = drawProduct(product);
        const { value, bound } = expected(numbers, product);
        const { whole, matrix, outStride } = run(product, numbers);
        for (let b = 0; b < product.batch; b++) {
          const start = b * outStride;
          expectFilled(whole, start + matrix.rows, start + outStride, 7, `gap of row ${b}`);
          expectFilled(whole, start + product.rows, start + matrix.rows, 0, `padding of row ${b}`);
          for (let r = 0; r < product.rows; r++) {
            const i = b * product.rows + r;
            const error = Math.abs(whole[start + r] - value[i]);
            greatest = Math.max(greatest, error / (1 + Math.abs(value[i])));
            if (!(error <= bound[i]))
              expect.fail(`[${b}, ${r}] is ${whole[start + r]}, expected ${value[i]} ± ${bound[i]}`);
          }
        }
        expect(broken()).toEqual([]);
      }),
      trials(name, 400),
    );
    console.log(`affine, ${name}: greatest error ${greatest.toExponential(2)}`);
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
      trials(name, 150),
    );
  });

  it('keeps an infinity or NaN of one row out of the others', () => {
    fc.assert(
      fc.property(products, fc.nat(), fc.constantFrom(Number.NaN, 1 / 0, -1 / 0), (product, at, poison) => {
        const numbers = drawProduct(product);
        const clean = run(product, numbers);
        const row = at % product.batch;
        numbers.x[row * product.cols + (at % product.cols)] = poison;
        const { whole, outStride } = run(product, numbers);
        for (let b = 0; b < product.batch; b++) {
          if (b === row) continue;
          const part = (all: Float32Array) => all.subarray(b * outStride, (b + 1) * outStride);
          expectSameBits(part(whole), part(clean.whole), `row ${b}`);
        }
      }),
      trials(name, 100),
    );
  });
});

describe('packing', () => {
  it('reads back what it wrote, and the padding stays zero', () => {
    fc.assert(
      fc.property(products, (product) => {
        const { rows, cols } = product;
        const { weight, bias } = drawProduct(product);
        const matrix = plainMatrix(rows, cols);
        const memory = new Float32Array(packedSize(matrix) + 8).fill(9);
        memory.fill(0, 4, 4 + packedSize(matrix));
        packMatrix(memory, 16, matrix, weight, cols);
        packBias(memory, 16, matrix, bias);
        const back = new Float32Array(weight.length);
        unpackMatrix(memory, 16, matrix, back, cols);
        expectSameBits(back, weight, 'weights');
        const sum = (values: Float32Array) => values.reduce((a, v) => a + (v !== 0 ? 1 : 0), 0);
        expect(sum(memory.subarray(4, 4 + packedSize(matrix)))).toBe(sum(weight) + sum(bias));
        expect([...memory.subarray(0, 4), ...memory.subarray(4 + packedSize(matrix))]).toEqual(Array(8).fill(9));
        expect([matrix.rows, matrix.cols]).toEqual([8 * Math.ceil(rows / 8), 4 * Math.ceil(cols / 4)]);
      }),
      trials('simd', 200),
    );
  });
});

describe('the baseline build', () => {
  it('gives the same bits with and without assertions and optimisation', () => {
    const [simd, , debug] = BUILDS.map(({ create }) => create());
    const random = mulberry32(5);
    const [rows, cols, batch] = [40, 36, 3];
    const matrix = plainMatrix(rows, cols);
    const weight = randomArray(rows * cols, random);
    const x = randomArray(batch * cols, random);
    const results = [simd, debug].map((engine) => {
      const buffers = new Buffers(engine);
      const w = buffers.zeros(packedSize(matrix));
      packMatrix(engine.f32, w, matrix, weight, cols);
      const out = buffers.zeros(batch * matrix.rows);
      engine.kernels.affine(out, w, buffers.rows(x, cols, cols), batch, matrix.rows, cols, matrix.rows, cols);
      engine.kernels.tanhMap(out, out, batch * matrix.rows);
      return buffers.read(out, batch, rows, matrix.rows);
    });
    expect(results[1]).toEqual(results[0]);
  });
});

describe('the debug build', () => {
  const engine = BUILDS[2].create();
  const buffers = new Buffers(engine);
  const at = buffers.zeros(4096);
  const affine = (out: number, w: number, x: number, rows: number, cols: number, stride: number) => () =>
    engine.kernels.affine(out, w, x, 1, rows, cols, stride, cols);

  it.each([
    ['a row count that is no multiple', /rows must be a multiple/, affine(at, at, at, 4, 8, 16)],
    ['a column count that is no multiple', /multiples of 4/, affine(at, at, at, 48, 7, 48)],
    ['a stride that is no multiple', /multiples of 4/, affine(at, at, at, 48, 8, 49)],
    ['a misaligned out', /aligned/, affine(at + 4, at, at, 48, 8, 48)],
    ['misaligned weights', /aligned/, affine(at, at + 8, at, 48, 8, 48)],
    ['a misaligned x', /aligned/, affine(at, at, at + 12, 48, 8, 48)],
    ['a misaligned map', /tanhMap.*aligned/, () => engine.kernels.tanhMap(at + 4, at, 4)],
    ['a map of five floats', /sigmoidMap.*multiple of 4/, () => engine.kernels.sigmoidMap(at, at, 5)],
    ['a misaligned relu', /reluMap.*aligned/, () => engine.kernels.reluMap(at, at + 4, 4)],
  ])('refuses %s', (_, message, call) => {
    expect(call).toThrow(message);
  });
});
