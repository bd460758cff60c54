import { expect } from 'vitest';
import type { HiddenState, LSTMState, Module, Tensor } from '../../bindings/index.js';
import { Tape } from '../../bindings/train/index.js';
import { drawer, type LayerCase } from './golden/read.js';
import { drawWeights, gradientsOf } from './models.js';

/** The shapes of a layer's state, h and, for an LSTM, c. */
function stateDims({ kind, options, batch }: LayerCase): [string, number[]][] {
  const lead = [options.numLayers * (options.bidirectional ? 2 : 1), ...(batch === null ? [] : [batch])];
  const h: [string, number[]] = ['h', [...lead, options.projSize || options.hiddenSize]];
  return kind === 'LSTM' ? [h, ['c', [...lead, options.hiddenSize]]] : [h];
}

const asState = (parts: [string, Tensor][]) => Object.fromEntries(parts) as unknown as LSTMState;

/** Runs a case as layers.py does, and gives every gradient by the name it has there. */
export function layerGradients(golden: LayerCase, layer: Module): Record<string, Float32Array> {
  const { options, seed, lead, batch, steps, lengths } = golden;
  const { random, tensor } = drawer(seed);
  if (lengths) for (let b = 0; b < lengths.length; b++) random();
  drawWeights(layer, (dims) => tensor(dims, 1 / Math.sqrt(options.hiddenSize)));
  const input = tensor([...lead, options.inputSize]);
  const state = golden.state ? asState(stateDims(golden).map(([name, dims]) => [name, tensor(dims)])) : undefined;
  using tape = new Tape(layer, { batch: (batch ?? 1) + 1, steps: steps + 2, inputGradient: true });
  const call = { state, lengths: lengths ?? undefined };
  const { output } = tape.forward(input, call);
  const truth = layer.run(input, call).output;
  // The way forward is the layer's own, bit for bit.
  expect(output.dims).toEqual(truth.dims);
  expect(output.data).toEqual(truth.data);
  const outputGradient = tensor(output.dims);
  const stateGradient = asState(stateDims(golden).map(([name, dims]) => [name, tensor(dims)]));
  const gradients = tape.backward(outputGradient, { stateGradient });
  const found: Record<string, Float32Array> = { ...gradientsOf(tape), input: (gradients.input as Tensor).data };
  if (!golden.state) return found;
  for (const [name, { data }] of Object.entries(gradients.state as HiddenState)) found[`state.${name}`] = data;
  return found;
}
