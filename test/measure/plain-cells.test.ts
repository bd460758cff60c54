import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PlainGRU, PlainLSTM, PlainRNN } from '../../bindings/measure/plain-cells.js';
import type { StateDict } from '../../bindings/tensor.js';
import { type GRUGolden, type LSTMGolden, loadGoldens, type RNNGolden } from '../golden/read.js';
import { mulberry32, randomArray, randomStateDict } from '../support/random.js';
import { referenceForward } from '../support/reference.js';

const TOLERANCE = 1e-5;
const PLAIN = { RNN: PlainRNN, LSTM: PlainLSTM, GRU: PlainGRU } as const;
type Kind = keyof typeof PLAIN;
const KINDS = Object.keys(PLAIN) as Kind[];

interface Shape {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
}

function greatestError(actual: Float32Array, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  // NaN is greater than any tolerance here.
  return actual.reduce((worst, value, k) => {
    const error = Math.abs(value - expected[k]);
    return error <= worst ? worst : Number.isNaN(error) ? Infinity : error;
  }, 0);
}

function setUp(kind: Kind, shape: Shape, steps: number, batch: number, seed: number) {
  const random = mulberry32(seed);
  const dict = randomStateDict(kind, shape, random, 2);
  const x = randomArray(steps * batch * shape.inputSize, random, 2);
  const expected = referenceForward(kind, shape, dict, { data: x, dims: [steps, batch, shape.inputSize] }).output;
  return { dict, x, expected, out: new Float32Array(expected.length) };
}

const shapes = fc.record({
  inputSize: fc.integer({ min: 1, max: 19 }),
  hiddenSize: fc.integer({ min: 1, max: 19 }),
  numLayers: fc.integer({ min: 1, max: 3 }),
  bias: fc.boolean(),
});
const small = fc.integer({ min: 1, max: 5 });

/** The plain cells know one direction, tanh, reset after, no projection, and begin with zeros. */
function isPlain({ options, state, lengths, values }: RNNGolden | LSTMGolden | GRUGolden): boolean {
  const { bidirectional, batchFirst, ...own } = options;
  const other =
    ('projSize' in own && own.projSize > 0) ||
    ('nonlinearity' in own && own.nonlinearity === 'relu') ||
    ('resetAfter' in own && !own.resetAfter);
  return !(bidirectional || batchFirst || other || state || lengths) && values !== 'nonfinite';
}

const goldens = [...loadGoldens('rnn'), ...loadGoldens('lstm'), ...loadGoldens('gru')].filter(isPlain);

test('there are goldens of every kind', () => {
  expect(new Set(goldens.map(({ kind }) => kind)).size).toBe(3);
});

test.each(goldens)('Plain$kind equals $name', ({ kind, stateDict, input, expected, options }) => {
  const { output } = expected;
  const steps = input.dims[0];
  const batch = input.data.length / steps / options.inputSize;
  const out = new Float32Array(output.data.length);
  new PLAIN[kind](stateDict, batch).sequence(input.data, steps, out);
  expect(greatestError(out, output.data)).toBeLessThan(TOLERANCE);
});

describe.each(KINDS)('Plain%s', (kind) => {
  const Plain = PLAIN[kind];

  test('a sequence, batched or not, equals the float64 reference', () => {
    fc.assert(
      fc.property(shapes, small, small, fc.integer(), (shape, steps, batch, seed) => {
        const { dict, x, expected, out } = setUp(kind, shape, steps, batch, seed);
        new Plain(dict, batch).sequence(x, steps, out);
        expect(greatestError(out, expected)).toBeLessThan(TOLERANCE);
      }),
      { numRuns: 60 },
    );
  });

  test('steps, batched or not, equal the float64 reference', () => {
    fc.assert(
      fc.property(shapes, small, small, fc.integer(), (shape, steps, batch, seed) => {
        const { dict, x, expected, out } = setUp(kind, shape, steps, batch, seed);
        const plain = new Plain(dict, batch);
        for (let t = 0; t < steps; t++) {
          const input = x.subarray(t * batch * shape.inputSize, (t + 1) * batch * shape.inputSize);
          plain.step(input, out.subarray(t * batch * shape.hiddenSize, (t + 1) * batch * shape.hiddenSize));
        }
        expect(greatestError(out, expected)).toBeLessThan(TOLERANCE);
      }),
      { numRuns: 60 },
    );
  });

  test('goes on where the last call stopped, and begins anew after reset', () => {
    const shape = { inputSize: 5, hiddenSize: 9, numLayers: 2, bias: true };
    const { dict, x, expected, out } = setUp(kind, shape, 7, 1, 1);
    const plain = new Plain(dict);
    for (let turn = 0; turn < 2; turn++) {
      out.fill(Number.NaN);
      plain.sequence(x.subarray(0, 3 * 5), 3, out.subarray(0, 3 * 9));
      plain.step(x.subarray(3 * 5, 4 * 5), out.subarray(3 * 9, 4 * 9));
      plain.sequence(x.subarray(4 * 5), 3, out.subarray(4 * 9));
      expect(greatestError(out, expected)).toBeLessThan(TOLERANCE);
      plain.reset();
    }
  });

  test('says the sizes it read', () => {
    const shape = { inputSize: 5, hiddenSize: 9, numLayers: 2, bias: false };
    const plain = new Plain(setUp(kind, shape, 1, 1, 1).dict, 3);
    expect([plain.inputSize, plain.hiddenSize, plain.batch]).toEqual([5, 9, 3]);
  });

  test('refuses weights it would compute wrongly', () => {
    const shape = { inputSize: 2, hiddenSize: 3, numLayers: 1, bias: true };
    const refusal = (change: (dict: StateDict) => void) => {
      const { dict } = setUp(kind, shape, 1, 1, 1);
      change(dict);
      return () => new Plain(dict);
    };
    const zeros = (...dims: number[]) => ({ data: new Float32Array(dims.reduce((a, b) => a * b)), dims });
    expect(refusal((dict) => delete dict.weight_hh_l0)).toThrow(`Plain${kind}: got no weight_hh_l0`);
    expect(refusal((dict) => delete dict.bias_hh_l0)).toThrow(`Plain${kind}: got no bias_hh_l0`);
    expect(refusal((dict) => Object.assign(dict, { weight_hr_l0: zeros(2, 3) }))).toThrow('weight_hr_l0');
    expect(refusal((dict) => Object.assign(dict, { weight_hh_l0: zeros(3, 2) }))).toThrow(RangeError);
  });

  test('refuses an x or an out of another length', () => {
    const shape = { inputSize: 2, hiddenSize: 3, numLayers: 1, bias: true };
    const plain = new Plain(setUp(kind, shape, 1, 1, 1).dict);
    expect(() => plain.step(new Float32Array(3), new Float32Array(3))).toThrow(
      `Plain${kind}.step: got x of 3 and out of 3 elements, expected 2 and 3`,
    );
    expect(() => plain.sequence(new Float32Array(4), 2, new Float32Array(3))).toThrow(RangeError);
  });
});
