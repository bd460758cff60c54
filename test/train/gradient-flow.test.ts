/** ‖∂L/∂h_t‖ and ‖∂L/∂c_t‖ against PyTorch's, and what the lecture says of them. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { type Engine, GRU, LSTM, type LSTMState, RNN, readSafetensors, type Tensor } from '../../bindings/core.js';
import { type FlowingLayer, type GradientFlow, gradientFlow } from '../../bindings/train/gradient-flow.js';
import { Tape } from '../../bindings/train/tape/tape.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger } from '../support/compare.js';
import { mulberry32, randomArray } from '../support/random.js';

interface Case {
  readonly name: string;
  readonly title: string;
  readonly kind: 'RNN' | 'LSTM' | 'GRU';
  readonly options: { inputSize: number; hiddenSize: number; numLayers: number; nonlinearity?: 'relu' };
  readonly steps: number;
  readonly float32Error: number;
  readonly expected: { h: number[][]; c?: number[][]; weights: number[][] };
}

const LAYERS = { RNN, LSTM, GRU } as const;
const { cases } = JSON.parse(readFileSync(new URL('golden/gradient-flow.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};
const { tensors } = readSafetensors(readFileSync(new URL('golden/gradient-flow.safetensors', import.meta.url)));

function flowOf({ name, kind, options, steps }: Case, engine: Engine, batchFirst = false): GradientFlow {
  const names = Object.keys(tensors).filter((key) => key.startsWith(`${name}/`));
  const dict = Object.fromEntries(names.map((key) => [key.slice(name.length + 1), tensors[key]]));
  const { input, direction, ...weights } = dict;
  using layer = new LAYERS[kind]({
    ...options,
    batchFirst,
    bias: 'bias_ih_l0' in weights,
    engine,
    seed: null,
  } as never);
  layer.loadStateDict(weights);
  return gradientFlow(layer as FlowingLayer, { steps, input: input as Tensor, direction: direction.data });
}

/**
 * Errors of sigmoid (1.1e-7) and tanh (1.6e-7), as assembly/lanes states them: every step back may add them once. In a
 * chaotic net they grow: there no float32 comes close to the truth, and PyTorch's own distance from it is the measure.
 */
const LANES = 2.7e-7;

/** Relative to each number: the smallest counts as much as the greatest. Below 1e-36 float32 has lost its digits. */
function worst(got: ArrayLike<number>, expected: readonly number[]): number {
  return Math.max(...expected.map((value, i) => (value < 1e-36 ? 0 : Math.abs(got[i] - value) / value)));
}

describe.each(BUILDS)('gradient flow, $name', ({ name, create }) => {
  const engine = create();
  const ledger = new ErrorLedger(`gradient flow, ${name}`);
  afterAll(() => ledger.print());

  it.each(cases.map((each) => [each.name, each] as const))('%s as PyTorch', (_, each) => {
    const { h, c, weights } = flowOf(each, engine);
    const { expected, steps, float32Error } = each;
    const tolerance = Math.max(1e-5, LANES * steps, 8 * float32Error);
    for (const [got, lists] of [[h, expected.h] as const, [c ?? [], expected.c ?? []] as const]) {
      expect(got.length).toBe(lists.length);
      lists.forEach((list, layer) => {
        expect(got[layer].length).toBe(steps + 1);
        const error = worst(got[layer], list);
        ledger.add(each.name, error);
        expect(error).toBeLessThan(tolerance);
      });
    }
    expect(worst([weights[steps]], expected.weights[0])).toBeLessThan(tolerance);
  });

  it('is the same for a layer that is batch first', () => {
    const each = cases.find(({ name: title }) => title === 'lstm-two-layers') as Case;
    expect(flowOf(each, engine, true)).toEqual(flowOf(each, engine));
  });

  it("follows the reverse direction of a layer as a layer of its own, whose gradient is the tape's", () => {
    const [steps, batch, size] = [12, 2, 4];
    using both = new LSTM({ inputSize: 3, hiddenSize: size, bidirectional: true, seed: 4, engine });
    const input = { data: randomArray(steps * batch * 3, mulberry32(1)), dims: [steps, batch, 3] };
    const row = (t: number) => input.data.subarray(t * batch * 3, (t + 1) * batch * 3);
    const reversed = { data: new Float32Array(input.data.length), dims: input.dims };
    for (let t = 0; t < steps; t++) reversed.data.set(row(steps - 1 - t), t * batch * 3);
    const own = Object.entries(both.stateDict()).filter(([name]) => name.endsWith('_reverse'));
    using alone = LSTM.fromStateDict(
      Object.fromEntries(own.map(([name, tensor]) => [name.replace('_reverse', ''), tensor])),
      { engine },
    );
    const { h } = gradientFlow(alone, { steps, input: reversed });
    // The tape of both: the gradient of the reverse direction's initial state, its loss at the first step, its last.
    using tape = new Tape(both, { steps, batch });
    const { output } = tape.forward(input);
    const gradient = new Float32Array(output.data.length);
    for (let b = 0; b < batch; b++) {
      for (let i = 0; i < size; i++) gradient[b * 2 * size + size + i] = 1 / Math.sqrt(size * batch);
    }
    const { state } = tape.backward({ data: gradient, dims: output.dims });
    const back = (state as LSTMState).h.data.subarray(batch * size);
    expect(Math.hypot(...back)).toBeCloseTo(h[0][steps], 7);
    expect(h[0][steps] / h[0][0]).toBeLessThan(0.1);
  });

  it('leaves no memory taken', () => {
    using layer = new GRU({ inputSize: 2, hiddenSize: 5, engine });
    const before = engine.bytesInUse;
    gradientFlow(layer, { steps: 3, batch: 2 });
    // The layer's own workspace may have grown once.
    const after = engine.bytesInUse;
    gradientFlow(layer, { steps: 30, batch: 2 });
    expect([after - before < 4096, engine.bytesInUse]).toEqual([true, after]);
  });
});

/** The lecture's claims (gradients through time), by PyTorch's own figures; that ours are equal stands above. */
describe('what is left of a gradient after 100 steps', () => {
  const left = (name: string, part: 'h' | 'c' = 'h') =>
    (cases.find((each) => each.name === name) as Case).expected[part]?.[0].at(-1) as number;

  it('a vanilla RNN: nothing, or far too much, as its weights are small or great', () => {
    expect(left('rnn-half')).toBeLessThan(1e-30);
    expect(left('rnn-uniform')).toBeLessThan(1e-30);
    expect(left('rnn-one')).toBeLessThan(1e-3);
    expect(left('rnn-more')).toBeGreaterThan(1e2);
    expect(left('rnn-relu')).toBeGreaterThan(1e20);
  });

  it('an LSTM with a forget bias keeps it, the cell state above all', () => {
    expect(left('lstm-forget-5', 'c')).toBeGreaterThan(0.8);
    expect(left('lstm-forget-5')).toBeGreaterThan(0.1);
    expect(left('lstm-forget-2', 'c') / left('lstm-uniform', 'c')).toBeGreaterThan(1e18);
  });

  it('a GRU likewise, with a bias that keeps its update gate on the old state', () => {
    expect(left('gru-keeping')).toBeGreaterThan(0.4);
  });

  it('gates guarantee nothing: closed they lose it, with great weights it grows', () => {
    expect(left('lstm-uniform', 'c')).toBeLessThan(1e-20);
    expect(left('lstm-closed', 'c')).toBeLessThan(1e-60);
    expect(left('gru-closed')).toBeLessThan(1e-50);
    expect(left('lstm-wild')).toBeGreaterThan(1);
    expect(left('gru-wild')).toBeGreaterThan(10);
  });
});

describe('gradientFlow refuses', () => {
  const layer = new RNN({ inputSize: 2, hiddenSize: 3, seed: 1 });
  const both = new LSTM({ inputSize: 2, hiddenSize: 3, bidirectional: true });
  const input = { data: new Float32Array(6), dims: [3, 1, 2] };
  const calls: [string, () => unknown, string][] = [
    [
      'what is no layer',
      () => gradientFlow({} as never, { steps: 1 }),
      'layer: got Object, expected an RNN, an LSTM or',
    ],
    [
      'two directions',
      () => gradientFlow(both, { steps: 1 }),
      'layer: got a bidirectional LSTM, expected one direction',
    ],
    ['no steps', () => gradientFlow(layer, { steps: 0 }), 'steps: got 0, expected an integer from 1'],
    [
      'a narrow input',
      () => gradientFlow(layer, { steps: 3, input: { ...input, dims: [3, 2, 1] } }),
      'got dims [3, 2, 1]',
    ],
    [
      'a short direction',
      () => gradientFlow(layer, { steps: 3, direction: new Float32Array(2) }),
      'a Float32Array of 3',
    ],
    ['an unknown option', () => gradientFlow(layer, { steps: 3, hidden: 1 } as never), 'got option "hidden"'],
  ];

  it.each(calls)('%s', (_, work, message) => expect(work).toThrow(message));
});
