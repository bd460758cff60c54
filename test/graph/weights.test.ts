/** Weights in every form an operator makes of them, as every kind of tensor that may hold them: against float64 formulas. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AttributeValue, type Dtype, LazyTensor, type TensorValue, tensorOf } from '../../bindings/graph/index.js';
import { trials } from '../kernels/draw.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32, randomArray } from '../support/random.js';
import { graphOf, info, modelOf, node } from './graph-of.js';

type Elements = ArrayLike<number>;

/** How a tensor comes: fed, decoded, or in pieces of a file at odd addresses. */
const SOURCES = ['fed', 'array', 'bytes', 'pieces'] as const;
type Source = (typeof SOURCES)[number];

function held(source: Source, dims: readonly number[], data: Float32Array): TensorValue {
  if (source === 'array') return tensorOf('float32', dims, data);
  const bytes = new Uint8Array(data.length * 4 + 1).subarray(1);
  bytes.set(new Uint8Array(data.buffer));
  // Not between two elements: what counts is the bytes one after another.
  const cut = source === 'pieces' ? Math.floor(bytes.length / 2) + 1 : bytes.length;
  const decode = () => data;
  return new LazyTensor('float32', dims, decode, [bytes.subarray(0, cut), bytes.subarray(cut)]);
}

/** Runs one node, each of its inputs fed or known; where all are known it is folded. */
function runNode(
  engine: ReturnType<(typeof BUILDS)[number]['create']>,
  op: string,
  attributes: Record<string, AttributeValue>,
  tensors: readonly { dims: readonly number[]; data: Float32Array; source: Source }[],
) {
  const names = tensors.map((_, i) => `t${i}`);
  const constants: Record<string, TensorValue> = {};
  const feeds: Record<string, { dims: readonly number[]; data: Float32Array }> = {};
  tensors.forEach(({ dims, data, source }, i) => {
    if (source === 'fed') feeds[names[i]] = { dims, data };
    else constants[names[i]] = held(source, dims, data);
  });
  const inputs = Object.entries(feeds).map(([name, { dims }]) => info(name, dims));
  const before = engine.bytesInUse;
  const model = modelOf(engine, graphOf(inputs, ['y'], [node(op, names, ['y'], attributes)], constants));
  model.run(feeds);
  const { y } = model.run(feeds);
  model.dispose();
  expect(engine.bytesInUse).toBe(before);
  return y;
}

/** Each element within float32's error of a sum of so many products. */
function expectClose(got: Elements, expected: readonly { sum: number; size: number }[]): void {
  expect(got.length).toBe(expected.length);
  expected.forEach(({ sum, size }, i) => {
    expect(Math.abs(got[i] - sum), `element ${i}`).toBeLessThanOrEqual(2e-6 * (size + 1e-3));
  });
}

const sources = fc.constantFrom(...SOURCES);

const convolutions = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    groups: fc.constantFrom(1, 1, 1, 2, 3),
    groupChannels: fc.integer({ min: 1, max: 9 }),
    groupFilters: fc.integer({ min: 1, max: 9 }),
    extent: fc.integer({ min: 1, max: 20 }),
    kernel: fc.integer({ min: 1, max: 8 }),
    stride: fc.integer({ min: 1, max: 4 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    before: fc.nat(9),
    after: fc.nat(9),
    bias: fc.boolean(),
    input: sources,
    weight: sources,
    biasSource: sources,
    seed: fc.integer(),
  })
  .filter(({ extent, before, after, kernel, dilation }) => extent + before + after > (kernel - 1) * dilation);

const products = fc.record({
  m: fc.integer({ min: 1, max: 5 }),
  k: fc.integer({ min: 1, max: 19 }),
  n: fc.integer({ min: 1, max: 37 }),
  transA: fc.boolean(),
  transB: fc.boolean(),
  alpha: fc.constantFrom(1, 0.5, -2, 0),
  beta: fc.constantFrom(1, 0.25, -3, 0),
  bias: fc.constantFrom('none', 'row', 'one row', 'column', 'number', 'matrix'),
  input: sources,
  weight: sources,
  biasSource: sources,
  seed: fc.integer(),
});

/** Dims of Gemm's C, by its kind. */
const BIAS_DIMS: Readonly<Record<string, (m: number, n: number) => number[]>> = {
  row: (_, n) => [n],
  'one row': (_, n) => [1, n],
  column: (m) => [m, 1],
  number: () => [],
  matrix: (m, n) => [m, n],
};

describe.each(BUILDS)('weights on the $name build', ({ name, create }) => {
  const engine = create();

  it('convolve, however they come and whatever form that makes of them', () => {
    fc.assert(
      fc.property(convolutions, (c) => {
        const { batch, groups, groupChannels, extent, kernel, stride, dilation, before, after } = c;
        const [channels, filters] = [groups * groupChannels, groups * c.groupFilters];
        const random = mulberry32(c.seed);
        const x = randomArray(batch * channels * extent, random);
        const w = randomArray(filters * groupChannels * kernel, random);
        const b = randomArray(filters, random);
        const count = Math.floor((extent + before + after - (kernel - 1) * dilation - 1) / stride) + 1;
        const expected: { sum: number; size: number }[] = [];
        for (let at = 0; at < batch * filters * count; at++) {
          const [i, m, s] = [at % count, Math.floor(at / count) % filters, Math.floor(at / count / filters)];
          let sum = c.bias ? b[m] : 0;
          let size = Math.abs(sum);
          for (let g = 0; g < groupChannels; g++) {
            const channel = Math.floor(m / c.groupFilters) * groupChannels + g;
            for (let k = 0; k < kernel; k++) {
              const l = i * stride + k * dilation - before;
              if (l < 0 || l >= extent) continue;
              const product = w[(m * groupChannels + g) * kernel + k] * x[(s * channels + channel) * extent + l];
              sum += product;
              size += Math.abs(product);
            }
          }
          expected.push({ sum, size });
        }
        const tensors = [
          { dims: [batch, channels, extent], data: x, source: c.input },
          { dims: [filters, groupChannels, kernel], data: w, source: c.weight },
        ];
        if (c.bias) tensors.push({ dims: [filters], data: b, source: c.biasSource });
        const attributes = { group: groups, strides: [stride], dilations: [dilation], pads: [before, after] };
        const y = runNode(engine, 'Conv', attributes, tensors);
        expect(y.dims).toEqual([batch, filters, count]);
        expectClose(y.data as Float32Array, expected);
      }),
      trials(name, 200),
    );
  });

  it('multiply, with factors and transposes', () => {
    fc.assert(
      fc.property(products, ({ m, k, n, transA, transB, alpha, beta, bias, input, weight, biasSource, seed }) => {
        const random = mulberry32(seed);
        const a = randomArray(m * k, random);
        const b = randomArray(k * n, random);
        const cDims = bias === 'none' ? [] : BIAS_DIMS[bias](m, n);
        const c = randomArray(
          cDims.reduce((size, extent) => size * extent, 1),
          random,
        );
        const expected: { sum: number; size: number }[] = [];
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            const row = bias === 'column' || bias === 'matrix' ? i : 0;
            const at = bias === 'column' || bias === 'number' ? row : row * n + j;
            let sum = bias === 'none' ? 0 : beta * c[at];
            let size = Math.abs(sum);
            for (let l = 0; l < k; l++) {
              const product = alpha * a[transA ? l * m + i : i * k + l] * b[transB ? j * k + l : l * n + j];
              sum += product;
              size += Math.abs(product);
            }
            expected.push({ sum, size });
          }
        }
        const tensors = [
          { dims: transA ? [k, m] : [m, k], data: a, source: input },
          { dims: transB ? [n, k] : [k, n], data: b, source: weight },
        ];
        if (bias !== 'none') tensors.push({ dims: cDims, data: c, source: biasSource });
        const attributes = { alpha, beta, transA: Number(transA), transB: Number(transB) };
        const y = runNode(engine, 'Gemm', attributes, tensors);
        expect(y.dims).toEqual([m, n]);
        expectClose(y.data as Float32Array, expected);
      }),
      trials(name, 200),
    );
  });

  it('are several forms of one tensor, each its own, while memory grows', () => {
    const size = 300;
    const random = mulberry32(7);
    const w = randomArray(size * size, random);
    const x = randomArray(size, random);
    const one = (dtype: Dtype = 'float32') => tensorOf(dtype, [], [1]);
    const graph = graphOf(
      [info('x', [1, size])],
      ['right', 'left', 'half', 'sum'],
      [
        node('MatMul', ['x', 'w'], ['right']),
        node('Gemm', ['x', 'w'], ['left'], { transB: 1 }),
        node('Gemm', ['x', 'w'], ['half'], { alpha: 0.5 }),
        node('Add', ['w', 'one'], ['more']),
        node('MatMul', ['x', 'more'], ['sum']),
      ],
      { w: held('bytes', [size, size], w), one: one() },
    );
    const own = create();
    const models = [modelOf(own, graph), modelOf(own, graph)];
    const all = models.map((model) => model.run({ x: { data: x, dims: [1, size] } }));
    for (const { right, left, half, sum } of all) {
      const product = (element: (j: number, l: number) => number) =>
        Array.from({ length: size }, (_, j) => {
          let total = 0;
          let scale = 0;
          for (let l = 0; l < size; l++) {
            total += x[l] * element(j, l);
            scale += Math.abs(x[l] * element(j, l));
          }
          return { sum: total, size: scale };
        });
      expectClose(
        right.data as Float32Array,
        product((j, l) => w[l * size + j]),
      );
      expectClose(
        left.data as Float32Array,
        product((j, l) => w[j * size + l]),
      );
      expectClose(
        half.data as Float32Array,
        product((j, l) => 0.5 * w[l * size + j]),
      );
      expectClose(
        sum.data as Float32Array,
        product((j, l) => w[l * size + j] + 1),
      );
    }
    for (const model of models) model.dispose();
    expect(own.bytesInUse).toBe(0);
  });
});
