/** Gradients equal PyTorch's autograd in float64, on every build. */
import { afterAll, describe, expect, it } from 'vitest';
import type { Module } from '../../bindings/index.js';
import { Tape } from '../../bindings/train/index.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger } from '../support/compare.js';
import { CASES, type ChainCase, drawer, expectedOf, type LayerCase } from './golden/read.js';
import { gradientError } from './gradient-error.js';
import { layerGradients } from './layer-gradients.js';
import { drawWeights, gradientsOf, moduleOf, sequentialOf } from './models.js';

const TOLERANCE = 1e-5;

function chainGradients({ seed, lead, modules }: ChainCase, model: Module): Record<string, Float32Array> {
  const { random, tensor } = drawer(seed);
  drawWeights(model, tensor);
  const [{ kind, numEmbeddings }] = modules;
  const embeds = kind === 'Embedding';
  const index = () => Math.floor(random() * (numEmbeddings as number));
  const input = embeds
    ? { data: Float32Array.from({ length: lead[0] * lead[1] }, index), dims: lead }
    : tensor([...lead, model.inputSize]);
  using tape = new Tape(model, { batch: lead[1], steps: lead[0], inputGradient: true });
  const { output } = tape.forward(input);
  const gradients = tape.backward(tensor(output.dims));
  const found = gradientsOf(tape);
  return gradients.input ? { ...found, input: gradients.input.data } : found;
}

describe.each(BUILDS)('gradients on the $name build', ({ name, create }) => {
  const ledger = new ErrorLedger(`gradients against autograd, ${name}`);
  afterAll(() => ledger.print());
  const engine = create();

  const compare = (title: string, got: Record<string, Float32Array>, golden: LayerCase | ChainCase) => {
    const expected = expectedOf(golden);
    expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, { data }] of Object.entries(expected)) {
      const error = gradientError(got[key], data);
      ledger.add(`${title} ${key}`, error);
      expect(error, key).toBeLessThanOrEqual(TOLERANCE);
    }
  };

  it.each(CASES.layers)('equal autograd in $name', (golden) => {
    using layer = moduleOf({ kind: golden.kind, ...golden.options }, engine);
    compare(golden.name, layerGradients(golden, layer), golden);
  });

  it.each(CASES.chains)('equal autograd in $name', (golden) => {
    using model = sequentialOf(golden.modules, engine);
    compare(golden.name, chainGradients(golden, model), golden);
  });

  it('leave no memory taken', () => {
    expect(engine.bytesInUse).toBe(0);
  });
});
