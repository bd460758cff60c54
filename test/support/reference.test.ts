import { afterAll, describe, expect, test } from 'vitest';
import {
  type CellGolden,
  type GoldenTensor,
  type GRUGolden,
  type LSTMGolden,
  loadGoldens,
  type RNNGolden,
} from '../golden/read.js';
import { ErrorLedger, relativeError } from './compare.js';
import type { LayerKind } from './parameter-shapes.js';
import { mulberry32, randomStateDict } from './random.js';
import { referenceForward } from './reference.js';

type LayerGolden = RNNGolden | LSTMGolden | GRUGolden;

/** The goldens were rounded to float32 once, half an ulp: 6e-8. Some are float32 results of their authors. */
const toleranceOf = (golden: { source: string }) => (golden.source.endsWith('float64') ? 1e-7 : 1e-6);

/** [B, T, …] ↔ [T, B, …]. */
function swapLeading({ data, dims }: GoldenTensor): GoldenTensor {
  const [outer, inner, width] = dims;
  const swapped = new Float32Array(data.length);
  for (let a = 0; a < outer; a++) {
    for (let b = 0; b < inner; b++) {
      const from = (a * inner + b) * width;
      swapped.set(data.subarray(from, from + width), (b * outer + a) * width);
    }
  }
  return { data: swapped, dims: [inner, outer, width] };
}

/** The golden's layout as the reference wants it: [T, B, width], B = 1 for an unbatched one. */
function timeMajor(tensor: GoldenTensor, batchFirst: boolean): GoldenTensor {
  const { data, dims } = tensor;
  if (dims.length === 2) return { data, dims: [dims[0], 1, dims[1]] };
  return batchFirst ? swapLeading(tensor) : tensor;
}

describe.each(['rnn', 'lstm', 'gru'] as const)('the float64 reference of %s', (family) => {
  const ledger = new ErrorLedger(`float64 reference of ${family} against its goldens`);
  afterAll(() => ledger.print());

  test.each(loadGoldens(family) as LayerGolden[])('equals $name', (golden) => {
    const { kind, options, stateDict, state, lengths, expected } = golden;
    const input = timeMajor(golden.input, options.batchFirst);
    const got = referenceForward(kind, options, stateDict, input, { state, lengths });
    const output = timeMajor(expected.output, options.batchFirst);
    const errors = [relativeError(got.output, output.data), relativeError(got.h, expected.h.data)];
    if ('c' in expected && expected.c) errors.push(relativeError(got.c as Float64Array, expected.c.data));
    expect(got.dims.output).toEqual(output.dims);
    ledger.add(golden.name, Math.max(...errors));
    expect(Math.max(...errors)).toBeLessThanOrEqual(toleranceOf(golden));
  });
});

describe('the float64 reference of one step', () => {
  const ledger = new ErrorLedger('float64 reference of cells against their goldens');
  afterAll(() => ledger.print());

  test.each(loadGoldens('cells') as CellGolden[])('equals $name', (golden) => {
    const { kind, options, state, expected } = golden;
    const dict = Object.fromEntries(Object.entries(golden.stateDict).map(([name, tensor]) => [`${name}_l0`, tensor]));
    const { data, dims } = golden.input;
    const input = { data, dims: [1, dims.length === 1 ? 1 : dims[0], options.inputSize] };
    const got = referenceForward(kind.replace('Cell', '') as LayerKind, options, dict, input, { state });
    const errors = [relativeError(got.h, expected.h.data)];
    if ('c' in expected) errors.push(relativeError(got.c as Float64Array, expected.c.data));
    ledger.add(golden.name, Math.max(...errors));
    expect(Math.max(...errors)).toBeLessThanOrEqual(toleranceOf(golden));
  });
});

describe('randomStateDict', () => {
  test.each([...loadGoldens('rnn'), ...loadGoldens('lstm'), ...loadGoldens('gru')])(
    'has the names and shapes of PyTorch in $name',
    ({ kind, options, stateDict }) => {
      const shapesOf = (dict: Record<string, { readonly dims: readonly number[] }>) =>
        Object.fromEntries(Object.entries(dict).map(([name, { dims }]) => [name, dims]));
      expect(shapesOf(randomStateDict(kind, options, mulberry32(1)))).toEqual(shapesOf(stateDict));
    },
  );

  test('fills ±1/√H, and the same seed gives the same weights', () => {
    const options = { inputSize: 50, hiddenSize: 16 };
    const draw = (seed: number) => randomStateDict('LSTM', options, mulberry32(seed)).weight_ih_l0.data;
    const [least, greatest] = [Math.min(...draw(1)), Math.max(...draw(1))];
    expect(least).toBeGreaterThanOrEqual(-0.25);
    expect(least).toBeLessThan(-0.24);
    expect(greatest).toBeLessThanOrEqual(0.25);
    expect(greatest).toBeGreaterThan(0.24);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});

describe('mulberry32', () => {
  // The 32-bit results of the C original, computed apart from this code with Python's integers.
  test.each([
    [1, [0xa087eaf3, 0x00b349c9, 0x8706c4eb, 0xfb2627fd]],
    [0, [0x4434b462, 0x00159c37]],
  ])('repeats the original from seed %i', (seed, expected) => {
    const random = mulberry32(seed);
    expect(expected.map(() => random() * 2 ** 32)).toEqual(expected);
  });
});
