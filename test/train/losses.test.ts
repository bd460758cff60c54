/** Losses against PyTorch's values and autograd; what does not fit is refused. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../bindings/tensor.js';
import { crossEntropy } from '../../bindings/train/losses/cross-entropy.js';
import { gaussianNLL, splitGaussian } from '../../bindings/train/losses/gaussian-nll.js';
import type { Loss, Reduction } from '../../bindings/train/losses/loss.js';
import { huber, mae, mse, smoothL1 } from '../../bindings/train/losses/regression.js';
import { relativeError } from '../support/compare.js';

const LOSSES = { crossEntropy, mse, mae, huber, smoothL1, gaussianNLL } as const;
const REDUCTIONS: readonly Reduction[] = ['mean', 'sum', 'none'];

interface Case {
  readonly name: string;
  readonly kind: keyof typeof LOSSES;
  readonly options: Record<string, unknown>;
  readonly dims: number[];
  readonly output: number[];
  readonly targetDims: number[];
  readonly target: number[];
  readonly call: { lengths?: number[]; weights?: number[]; batchFirst?: boolean };
  readonly expected: Record<Reduction, { value: number; gradient: number[]; losses?: number[] }>;
}

const { cases } = JSON.parse(readFileSync(new URL('golden/losses.json', import.meta.url), 'utf8')) as { cases: Case[] };

function tensor(data: readonly number[], ...dims: number[]): Tensor {
  return { data: Float32Array.from(data), dims };
}

/** Relative to the expected value where that is the larger of it and 1. */
function close(got: number, expected: number): number {
  return Math.abs(got - expected) / Math.max(1, Math.abs(expected));
}

describe.each(cases.map((golden) => [golden.name, golden] as const))('%s', (_, golden) => {
  it.each(REDUCTIONS)('as PyTorch, reduction %s', (reduction) => {
    const { kind, options, dims, expected, call } = golden;
    const loss = (LOSSES[kind] as (options: object) => Loss)({ ...options, reduction });
    const weights = call.weights && tensor(call.weights, ...dims.slice(0, -1));
    const out = new Float32Array(golden.output.length).fill(7);
    const output = tensor(golden.output, ...dims);
    const result = loss(output, tensor(golden.target, ...golden.targetDims), { ...call, weights, out });
    expect(close(result.value, expected[reduction].value)).toBeLessThan(1e-6);
    expect(result.gradient).toEqual({ data: out, dims });
    expect(relativeError(out, expected[reduction].gradient)).toBeLessThan(1e-6);
    expect(result.losses === undefined).toBe(reduction !== 'none');
    if (result.losses) expect(relativeError(result.losses.data, expected.none.losses as number[])).toBeLessThan(1e-6);
    expect(output.data).toEqual(Float32Array.from(golden.output));
  });
});

describe('what is masked', () => {
  const output = tensor([1, Number.NaN, 3, Number.POSITIVE_INFINITY], 2, 2, 1);
  const target = tensor([0, Number.NaN, 0, 1], 2, 2, 1);

  it('is not read: NaN and infinities in it leave the loss and the gradient alone', () => {
    const result = mse()(output, target, { lengths: [2, 0] });
    expect([result.value, result.weight, ...result.gradient.data]).toEqual([5, 2, 1, 0, 3, 0]);
  });

  it('gives a loss of 0 and no gradient if it is everything', () => {
    const result = mse()(output, target, { lengths: [0, 0] });
    expect([result.value, ...result.gradient.data]).toEqual([0, 0, 0, 0, 0]);
    const ignored = crossEntropy()(tensor([1, 2], 1, 2), tensor([-100], 1));
    expect([ignored.value, ignored.weight, ...ignored.gradient.data]).toEqual([0, 0, 0, 0]);
  });

  it('does not hide NaN elsewhere', () => {
    expect(mse()(output, target).value).toBeNaN();
    expect(gaussianNLL()(tensor([0, Number.NaN], 1, 2), tensor([0], 1, 1)).value).toBeNaN();
    expect(crossEntropy()(tensor([0, Number.NaN], 1, 2), tensor([0], 1)).value).toBeNaN();
  });
});

describe('splitGaussian', () => {
  it('gives the means and variances that the loss sees', () => {
    const { mean, variance } = splitGaussian(tensor([1, 2, 0, -90, 3, 4, 30, 1], 2, 4));
    expect(mean).toEqual(tensor([1, 2, 3, 4], 2, 2));
    expect(variance).toEqual(tensor([Math.LN2, 1e-6, 30, Math.log1p(Math.E)], 2, 2));
  });
});

describe('losses refuse', () => {
  const two = tensor([1, 2], 1, 2);
  const cases: [string, () => unknown, string][] = [
    ['another reduction', () => mse({ reduction: 'median' as 'mean' }), 'reduction: got "median", expected \'mean\''],
    ['an unknown option', () => mse({ delta: 1 } as object), 'mse: got option "delta", expected only reduction'],
    ['a delta of 0', () => huber({ delta: 0 }), 'huber: delta: got 0, expected a finite number above 0'],
    ['a negative beta', () => smoothL1({ beta: -1 }), 'smoothL1: beta: got -1, expected a finite number of at least 0'],
    [
      'smoothing above 1',
      () => crossEntropy({ labelSmoothing: 2 }),
      'labelSmoothing: got 2, expected a number from 0 to 1',
    ],
    [
      'an unknown link',
      () => gaussianNLL({ variance: 'log' as 'exp' }),
      'variance: got "log", expected one of softplus',
    ],
    ['no tensor', () => mse()([1] as unknown as Tensor, two), 'mse: output: got Array(1), expected a tensor'],
    ['other dims', () => mse()(two, tensor([1, 2], 2, 1)), 'mse: target: got dims [2, 1], expected [1, 2]'],
    [
      'an output without width',
      () => mse()(tensor([], 3, 0), two),
      'output: got dims [3, 0], expected a last dimension',
    ],
    [
      'a class too many',
      () => crossEntropy()(two, tensor([2], 1)),
      'target: got class 2, expected an integer from 0 to 1',
    ],
    ['half a class', () => crossEntropy()(two, tensor([0.5], 1)), 'target: got class 0.5, expected an integer'],
    [
      'NaN for a class',
      () => crossEntropy()(two, tensor([Number.NaN], 1)),
      'target: got class NaN, expected an integer',
    ],
    [
      'an odd width',
      () => gaussianNLL()(tensor([1], 1), tensor([], 0)),
      'got dims [1], expected an even last dimension',
    ],
    [
      'a negative variance',
      () => gaussianNLL({ variance: 'direct' })(tensor([0, -1], 1, 2), tensor([0], 1, 1)),
      'variance of -1',
    ],
    ['a short out', () => mse()(two, two, { out: new Float32Array(1) }), 'mse: out: got 1 elements, expected 2'],
    ['lengths of rows alone', () => mse()(two, two, { lengths: [1] }), 'lengths: got lengths for rows of dims [1]'],
    [
      'too few lengths',
      () => mse()(tensor([1, 2], 1, 2, 1), tensor([1, 2], 1, 2, 1), { lengths: [1] }),
      'expected 2 numbers',
    ],
    [
      'a long length',
      () => mse()(tensor([1], 1, 1, 1), tensor([1], 1, 1, 1), { lengths: [2] }),
      'lengths[0]: got 2, expected',
    ],
    ['weights of other dims', () => mse()(two, two, { weights: two }), 'weights: got dims [1, 2], expected [1]'],
    [
      'a negative weight',
      () => mse()(two, two, { weights: tensor([-1], 1) }),
      'weights: got -1, expected finite numbers',
    ],
  ];

  it.each(cases)('%s', (_, work, message) => {
    expect(work).toThrow(message);
    expect(work).toThrow(/got .* expected/);
  });
});
