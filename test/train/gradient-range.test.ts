/** Gradients over 1000 steps, from 1e-300 to 1e300, and gates of every step, against PyTorch's float64. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GRU, LSTM, RNN, type Tensor } from '../../bindings/index.js';
import { gateTrace } from '../../bindings/train/gate-trace.js';
import { type FlowingLayer, gradientFlow } from '../../bindings/train/gradient-flow.js';

type Stored = Record<string, [dims: number[], data: number[]]>;
interface Given {
  readonly name: string;
  readonly kind: 'RNN' | 'LSTM' | 'GRU';
  readonly options: Record<string, unknown>;
  readonly weights: Stored;
  readonly input: number[];
  readonly dims: number[];
}

const golden = JSON.parse(readFileSync(new URL('golden/gradient-range.json', import.meta.url), 'utf8')) as {
  flows: (Given & { h: number[]; c?: number[] })[];
  traces: (Given & { traces: Record<string, number[]>[] })[];
};
/** Distances that are kept. */
const EVERY = 50;

function layerOf({ kind, weights, options }: Given) {
  const dict = Object.fromEntries(
    Object.entries(weights).map(([name, [dims, data]]) => [name, { dims, data: Float32Array.from(data) }]),
  );
  if (kind === 'LSTM') return LSTM.fromStateDict(dict);
  const { nonlinearity } = options as { nonlinearity?: 'relu' };
  return kind === 'GRU' ? GRU.fromStateDict(dict) : RNN.fromStateDict(dict, { ...(nonlinearity && { nonlinearity }) });
}

const inputOf = ({ input, dims }: Given): Tensor => ({ data: Float32Array.from(input), dims });

describe('gradientFlow over 1000 steps', () => {
  it.each(golden.flows.map((each) => [each.name, each] as const))('%s', (_, each) => {
    using layer = layerOf(each) as FlowingLayer & Disposable;
    const input = inputOf(each);
    const direction = new Float32Array(layer.outputSize).fill(1);
    const { h, c, logarithms } = gradientFlow(layer, { steps: input.dims[0], input, direction });
    const scale = 1 / Math.sqrt(layer.outputSize);
    for (const [got, logs, expected] of [
      [h[0], logarithms.h[0], each.h],
      ...(c && logarithms.c && each.c ? [[c[0], logarithms.c[0], each.c] as const] : []),
    ] as const) {
      expected.forEach((value, i) => {
        const distance = i * EVERY;
        // Below 1e-305 PyTorch's float64 has lost its own digits.
        if (value < 1e-305) return;
        expect(Math.abs((got[distance] * scale) / value - 1), `${distance} back`).toBeLessThan(1e-9);
        expect(logs[distance] + Math.log10(scale), `${distance} back`).toBeCloseTo(Math.log10(value), 9);
      });
    }
    expect(each.h.at(-1)).toBeGreaterThan(0);
  });

  it('tells what float64 cannot hold by its logarithm, and a true 0 apart', () => {
    using rnn = new RNN({ inputSize: 1, hiddenSize: 1, bias: false, seed: null });
    const weights = (recurrent: number) => ({
      weight_ih_l0: { data: Float32Array.of(0), dims: [1, 1] },
      weight_hh_l0: { data: Float32Array.of(recurrent), dims: [1, 1] },
    });
    // h is 0: tanh' is 1 there, and each step multiplies by the weight.
    rnn.loadStateDict(weights(8));
    const grown = gradientFlow(rnn, { steps: 2000, batch: 1 });
    expect(grown.h[0][2000]).toBe(Number.POSITIVE_INFINITY);
    expect(grown.logarithms.h[0][2000]).toBeCloseTo(6000 * Math.log10(2), 8);
    rnn.loadStateDict(weights(2 ** -3));
    const lost = gradientFlow(rnn, { steps: 2000, batch: 1 });
    expect(lost.h[0][2000]).toBe(0);
    expect(lost.logarithms.h[0][2000]).toBeCloseTo(-6000 * Math.log10(2), 8);
    rnn.loadStateDict(weights(0));
    expect(gradientFlow(rnn, { steps: 2, batch: 1 }).logarithms.h[0][1]).toBe(Number.NEGATIVE_INFINITY);
  });

  it('says so when the states themselves overflow', () => {
    using relu = new RNN({ inputSize: 1, hiddenSize: 1, nonlinearity: 'relu', bias: false, seed: null });
    relu.loadStateDict({
      weight_ih_l0: { data: Float32Array.of(1), dims: [1, 1] },
      weight_hh_l0: { data: Float32Array.of(16), dims: [1, 1] },
    });
    const input = { data: new Float32Array(400).fill(1), dims: [400, 1, 1] };
    expect(() => gradientFlow(relu, { steps: 400, input })).toThrow(/state that float64 cannot hold after 25\d steps/);
  });
});

describe('gateTrace', () => {
  it.each(golden.traces.map((each) => [each.name, each] as const))('%s', (_, each) => {
    using layer = layerOf(each);
    const traces = gateTrace(layer, inputOf(each));
    expect(traces.length).toBe(each.traces.length);
    traces.forEach(({ gates, h, c }, i) => {
      const all: Record<string, Tensor> = { ...gates, h, ...(c && { c }) };
      expect(Object.keys(all).sort()).toEqual(Object.keys(each.traces[i]).sort());
      for (const [name, expected] of Object.entries(each.traces[i])) {
        expect(all[name].dims.slice(0, 2)).toEqual(each.dims.slice(0, 2));
        expected.forEach((value, k) => {
          expect(Math.abs(all[name].data[k] - value)).toBeLessThan(6e-8);
        });
      }
    });
  });

  it('lies as the input does, begins where it is told, and ends in the state of forward', () => {
    using layer = new LSTM({ inputSize: 2, hiddenSize: 3, batchFirst: true, seed: 1 });
    const data = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
    const { output, state } = layer.forward({ data, dims: [3, 4, 2] });
    const [{ h, gates }] = gateTrace(layer, { data, dims: [3, 4, 2] });
    expect([h.dims, gates.forget.dims]).toEqual([
      [3, 4, 3],
      [3, 4, 3],
    ]);
    h.data.forEach((value, i) => {
      expect(value).toBeCloseTo(output.data[i], 6);
    });
    const single = { data: data.subarray(0, 2), dims: [1, 2] };
    const one = {
      h: { data: state.h.data.slice(0, 3), dims: [1, 3] },
      c: { data: state.c.data.slice(0, 3), dims: [1, 3] },
    };
    expect(gateTrace(layer, single, { state: one })[0].h.data[0]).toBeCloseTo(
      layer.forward(single, { state: one }).output.data[0],
      6,
    );
    expect(() => gateTrace(layer, single, { state: { h: { data: new Float32Array(2), dims: [1, 2] } } })).toThrow(
      /gateTrace: state.h: got dims \[1, 2\]/,
    );
    expect(() => gateTrace({} as never, single)).toThrow(/gateTrace: layer: got .*, expected an RNN/);
  });
});
