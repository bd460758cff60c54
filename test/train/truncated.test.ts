/** Truncated backpropagation through time as PyTorch does it: the state is handed on, the gradient cut at a window's edge. */
import { describe, expect, it } from 'vitest';
import type { Engine, LSTMState, Tensor } from '../../bindings/index.js';
import { Tape } from '../../bindings/train/index.js';
import { BUILDS } from '../support/builds.js';
import { CASES, drawer, expectedOf, type TruncatedCase } from './golden/read.js';
import { gradientError } from './gradient-error.js';
import { drawWeights, gradientsOf, moduleOf } from './models.js';

const TOLERANCE = 1e-5;

/** All windows through one tape, as truncated.py does it; everything by the name it has there. */
function windowsOf({ kind, options, seed, windows, batch, lengths }: TruncatedCase, engine: Engine) {
  const { tensor } = drawer(seed);
  using layer = moduleOf({ kind, ...options }, engine);
  drawWeights(layer, (dims) => tensor(dims, 1 / Math.sqrt(options.hiddenSize)));
  using tape = new Tape(layer, { batch, steps: Math.max(...windows), inputGradient: true });
  const found: Record<string, Float32Array> = {};
  let state: unknown;
  windows.forEach((steps, w) => {
    const lead = options.batchFirst ? [batch, steps] : [steps, batch];
    const result = tape.forward(tensor([...lead, options.inputSize]), { state, lengths: lengths[w] });
    found[`${w}/output`] = result.output.data.slice();
    tape.zeroGradients();
    const gradients = tape.backward(tensor(result.output.dims));
    const parts: [string, Float32Array][] = Object.entries(gradientsOf(tape));
    parts.push(['input', (gradients.input as Tensor).data]);
    for (const [name, { data }] of Object.entries(gradients.state as LSTMState)) {
      if (state !== undefined) parts.push([`state.${name}`, data]);
    }
    for (const [name, data] of parts) found[`${w}/gradient/${name}`] = data;
    state = result.state;
    for (const [name, { data }] of Object.entries(state as LSTMState)) found[`${w}/state.${name}`] = data.slice();
  });
  return found;
}

describe.each(BUILDS)('truncated backpropagation on the $name build', ({ create }) => {
  it.each(CASES.truncated)('equals PyTorch in $name, a $kind', (golden) => {
    const got = windowsOf(golden, create());
    const expected = expectedOf(golden);
    expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, { data }] of Object.entries(expected)) {
      expect(gradientError(got[name], data), name).toBeLessThanOrEqual(TOLERANCE);
    }
  });
});
