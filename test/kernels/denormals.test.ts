/**
 * Denormal numbers (below 1.2e-38) never get into a cell: on many processors each operation on one takes a hundred times as
 * long. What is below 1e-30 is set to zero where it enters (x) and where it is written (h and c).
 */
import { describe, expect, it } from 'vitest';
import { type Engine, GRU, LSTM, RNN, type Tensor, type WeightFormat } from '../../bindings/core.js';
import { INT8_BUILDS } from '../support/builds.js';
import { countingEngine } from '../support/denormals.js';

const TINY = 1e-30;

/** What is left of an LSTM's h where c is just not set to zero: 1e-30 times an output gate. */
const GATED = 1e-32;

type Options = { engine: Engine; weights: WeightFormat; bias: boolean };

/** A network of every cell, with and without what a kernel has a branch for. */
const NETWORKS = {
  LSTM: (o: Options) => new LSTM({ inputSize: 20, hiddenSize: 24, numLayers: 2, seed: 1, ...o }),
  'LSTM, projected': (o: Options) =>
    new LSTM({ inputSize: 20, hiddenSize: 24, projSize: 9, numLayers: 2, seed: 2, ...o }),
  GRU: (o: Options) => new GRU({ inputSize: 20, hiddenSize: 24, numLayers: 2, seed: 3, ...o }),
  'GRU, reset before': (o: Options) => new GRU({ inputSize: 20, hiddenSize: 24, resetAfter: false, seed: 4, ...o }),
  'RNN, tanh': (o: Options) => new RNN({ inputSize: 20, hiddenSize: 24, numLayers: 2, seed: 5, ...o }),
  'RNN, relu': (o: Options) => new RNN({ inputSize: 20, hiddenSize: 24, nonlinearity: 'relu', seed: 6, ...o }),
};

const CASES = Object.entries(NETWORKS).flatMap(([name, make]) =>
  (['float32', 'int8'] as const).flatMap((weights) =>
    [true, false].map((bias) => ({
      name: `${name}, ${weights}, ${bias ? 'with' : 'without'} bias`,
      make,
      weights,
      bias,
    })),
  ),
);

/** Elements that should have been set to zero. */
const below = (bound: number, data: Float32Array): number[] =>
  [...data].filter((value) => value !== 0 && Math.abs(value) < bound);

/** Looks for such elements in an output and a state. */
function expectFlushed(output: Float32Array, { h, c }: { h: Tensor; c?: Tensor }): void {
  for (const data of [output, h.data]) expect(below(c ? GATED : TINY, data)).toEqual([]);
  if (c) expect(below(TINY, c.data)).toEqual([]);
}

/** Inputs of one magnitude and either sign. */
const inputs = (magnitude: number): Float32Array =>
  Float32Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? -magnitude : magnitude) * (1 + i / 20));

describe.each(INT8_BUILDS)('the build $name', ({ create }) => {
  const engine = create();

  it.each(CASES)('$name: a state that decays becomes zero before it becomes denormal', ({ make, weights, bias }) => {
    using layer = make({ engine, weights, bias });
    using stream = layer.stream();
    stream.step(inputs(1));
    const zeros = new Float32Array(20);
    for (let t = 0; t < 150; t++) {
      expectFlushed(stream.step(zeros), stream.state);
    }
    const data = new Float32Array(300 * 20);
    data.set(inputs(1));
    const { output, state } = layer.run({ data, dims: [300, 20] });
    expectFlushed(output.data, state);
  });

  it.each(CASES)('$name: inputs below 1e-30 are zeros, and change nothing by more', ({ make, weights, bias }) => {
    using layer = make({ engine, weights, bias });
    for (const magnitude of [4e-31, 1e-37, 1e-40, 1.5e-45]) {
      using stream = layer.stream();
      using still = layer.stream();
      for (let t = 0; t < 5; t++) expect(stream.step(inputs(magnitude))).toEqual(still.step(new Float32Array(20)));
      const long = Float32Array.from({ length: 60 }, (_, i) => inputs(magnitude)[i % 20]);
      const run = (data: Float32Array) => layer.run({ data, dims: [3, 20] }).output.data;
      expect(run(long)).toEqual(run(new Float32Array(60)));
    }
  });

  it.each(CASES)('$name: NaN and infinities stay what they are', ({ make, weights, bias }) => {
    using layer = make({ engine, weights, bias });
    using stream = layer.stream();
    expect(stream.step(inputs(Number.NaN)).every(Number.isNaN)).toBe(true);
    expect(stream.step(inputs(0)).every(Number.isNaN)).toBe(true);
  });
});

describe.each(['simd', 'relaxed'] as const)('the build %s, counting', (build) => {
  const { engine, takeCount } = countingEngine(build);

  it('sees a product of denormal numbers', () => {
    takeCount();
    const slabs = engine.slabsFor({}, 'test');
    const at = slabs.allocate(64);
    engine.f32.fill(1e-40, at / 4, at / 4 + 64);
    engine.kernels.affine(at, at + 64, at + 128, 1, 8, 4, 8, 4);
    expect(takeCount()).toBeGreaterThan(0);
  });

  /** Decay crosses every magnitude: 1e-19, where a square is denormal, too. */
  it.each(CASES)(
    '$name: no product or quotient sees a denormal number while a state decays',
    ({ make, weights, bias }) => {
      using layer = make({ engine, weights, bias });
      using stream = layer.stream();
      for (const magnitude of [
        1, 1e-10, 1e-16, 1e-18, 1e-19, 1e-20, 1e-22, 1e-25, 1e-29, 1e-31, 1e-37, 1e-40, 1e-45, 0,
      ]) {
        const x = inputs(magnitude);
        let seen = 0;
        for (let t = 0; t < 40; t++) {
          takeCount();
          stream.step(x);
          seen += takeCount();
        }
        // A product of the smallest weights and the smallest values that are left may be one.
        expect(seen / 40, `inputs of ${magnitude}`).toBeLessThan(0.5);
        const data = new Float32Array(40 * 20).fill(magnitude);
        layer.run({ data, dims: [40, 20] });
        expect(takeCount() / 40, `a sequence of ${magnitude}`).toBeLessThan(0.5);
      }
    },
  );
});
