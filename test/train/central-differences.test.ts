/**
 * Gradients against central differences of the float64 reference, in a drawn direction through weights, input and state:
 * the slope of the loss along a direction d is ⟨gradient, d⟩.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { GRU, LSTM, LSTMState, RNN, StateDict, Tensor } from '../../bindings/index.js';
import { Tape } from '../../bindings/train/index.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger } from '../support/compare.js';
import { mulberry32 } from '../support/random.js';
import { type Float64Tensor, type ReferenceState, referenceForward } from '../support/reference.js';
import { Draw } from './draw-model.js';

const ROUNDS = 40;

/** Half the distance between the two points: its error is of the order of its square, 6e-8. */
const STEP = 2 ** -12;

type Layer = RNN | LSTM | GRU;

/** Everything a loss depends on, by name: weights, `input`, `state.h`, `state.c`. */
type Point = Record<string, Float64Tensor>;

function lossAt(
  layer: Layer,
  point: Point,
  lengths: number[] | undefined,
  coefficients: Record<string, Tensor>,
): number {
  const { input, 'state.h': h, 'state.c': c, ...weights } = point;
  // The reference reads numbers, whatever array they are in.
  const dict = weights as unknown as StateDict;
  const state = { h, c } as ReferenceState;
  const options = layer as unknown as Parameters<typeof referenceForward>[1];
  const got = referenceForward(layer.type as 'RNN' | 'LSTM' | 'GRU', options, dict, input, { state, lengths });
  const parts = { output: got.output, h: got.h, ...(got.c ? { c: got.c } : {}) };
  let loss = 0;
  for (const [name, values] of Object.entries(parts)) {
    values.forEach((value, i) => {
      loss += value * coefficients[name].data[i];
    });
  }
  return loss;
}

const moved = (point: Point, direction: Point, by: number): Point =>
  Object.fromEntries(
    Object.entries(point).map(([name, { data, dims }]) => [
      name,
      { data: Float64Array.from(data, (value, i) => value + by * direction[name].data[i]), dims },
    ]),
  );

/** The slope by differences and by the tape, and what to measure their distance by. */
function slopes(draw: Draw, layer: Layer): { difference: number; slope: number; scale: number } {
  const [steps, batch] = [draw.upTo(6), draw.upTo(5)];
  const lengths = draw.chance() ? Array.from({ length: batch }, () => draw.upTo(steps)) : undefined;
  const cells = layer.numLayers * layer.directions;
  const outputSize = layer.outputSize / layer.directions;
  const dims = {
    h: [cells, batch, outputSize],
    ...(layer.type === 'LSTM' ? { c: [cells, batch, layer.hiddenSize] } : {}),
  };
  const drawn = (prefix = '') =>
    Object.fromEntries(Object.entries(dims).map(([name, size]) => [prefix + name, draw.tensor(size)]));
  const state = drawn();
  const input = draw.tensor([steps, batch, layer.inputSize]);
  const coefficients = { output: draw.tensor([steps, batch, layer.outputSize]), ...drawn() } as Record<string, Tensor>;
  const point: Point = { ...layer.stateDict(), input };
  for (const [name, tensor] of Object.entries(state)) point[`state.${name}`] = tensor;
  const direction = Object.fromEntries(Object.entries(point).map(([name, tensor]) => [name, draw.tensor(tensor.dims)]));

  using tape = new Tape(layer, { batch, steps, inputGradient: true });
  tape.forward(input, { state, lengths });
  const { output, ...stateGradient } = coefficients;
  const back = tape.backward(output, { stateGradient });
  const gradients: Record<string, Float32Array> = { input: (back.input as Tensor).data };
  for (const { name, gradient } of tape.parameters) gradients[name] = gradient;
  for (const [name, { data }] of Object.entries(back.state as LSTMState)) gradients[`state.${name}`] = data;

  let slope = 0;
  let squares = 0;
  for (const [name, { data }] of Object.entries(direction)) {
    data.forEach((d, i) => {
      slope += gradients[name][i] * d;
      squares += gradients[name][i] ** 2;
    });
  }
  const loss = (by: number) => lossAt(layer, moved(point, direction, by), lengths, coefficients);
  return { difference: (loss(STEP) - loss(-STEP)) / (2 * STEP), slope, scale: Math.sqrt(squares) };
}

describe.each(BUILDS)('central differences on the $name build', ({ name, create }) => {
  const ledger = new ErrorLedger(`gradients against central differences, ${name}`);
  afterAll(() => ledger.print());

  it(`agree with backpropagation in ${ROUNDS} drawn layers`, () => {
    const engine = create();
    const draw = new Draw(mulberry32(7));
    for (let round = 0; round < ROUNDS; round++) {
      // The kink of a relu has no difference that means anything.
      using layer = draw.recurrent(engine, draw.size(), false);
      if ('nonlinearity' in layer && layer.nonlinearity === 'relu') continue;
      const { difference, slope, scale } = slopes(draw, layer);
      const error = Math.abs(difference - slope) / scale;
      ledger.add(`${layer.type} ${round}`, error);
      expect(error, JSON.stringify(layer.config)).toBeLessThanOrEqual(1e-5);
    }
  });
});
