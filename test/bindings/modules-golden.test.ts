import { afterAll, describe, expect, it } from 'vitest';
import {
  Embedding,
  type Engine,
  Linear,
  LogSoftmax,
  LSTM,
  logSoftmax,
  type Module,
  ReLU,
  Sequential,
  type SequentialState,
  Sigmoid,
  Softmax,
  type StateDict,
  softmax,
  Tanh,
  type Tensor,
} from '../../bindings/core.js';
import { loadGoldens, type ModuleGolden } from '../golden/read.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger, relativeError } from '../support/compare.js';

type CharGolden = Extract<ModuleGolden, { kind: 'CharModel' }>;

const ACTIVATIONS = { softmax: Softmax, logSoftmax: LogSoftmax, sigmoid: Sigmoid, tanh: Tanh, relu: ReLU };

/** What the names of PyTorch's model are in a Sequential. */
const NAMES = { embedding: '0', lstm: '1', linear: '2' } as const;

function charModel({ options, stateDict }: CharGolden, engine: Engine): Sequential {
  const { numEmbeddings, embeddingDim, hiddenSize, numLayers, batchFirst } = options;
  const model = new Sequential([
    new Embedding({ numEmbeddings, embeddingDim, engine }),
    new LSTM({ inputSize: embeddingDim, hiddenSize, numLayers, batchFirst, engine }),
    new Linear({ inFeatures: hiddenSize, outFeatures: numEmbeddings, engine }),
  ]);
  const renamed = Object.entries(stateDict).map(([name, tensor]) => {
    const [module, ...rest] = name.split('.');
    return [[NAMES[module as keyof typeof NAMES], ...rest].join('.'), tensor] as const;
  });
  model.loadStateDict(Object.fromEntries(renamed));
  return model;
}

function moduleOf(golden: Exclude<ModuleGolden, CharGolden>, engine: Engine): Module {
  if (golden.kind === 'Linear') return new Linear({ ...golden.options, engine });
  if (golden.kind === 'Embedding') {
    const { numEmbeddings, embeddingDim } = golden.options;
    return new Embedding({ numEmbeddings, embeddingDim, engine });
  }
  return new ACTIVATIONS[golden.kind]({ engine });
}

const goldens = loadGoldens('modules') as ModuleGolden[];
const chars = goldens.filter((golden): golden is CharGolden => golden.kind === 'CharModel');
const others = goldens.filter((golden): golden is Exclude<ModuleGolden, CharGolden> => golden.kind !== 'CharModel');

describe.each(BUILDS)('modules against PyTorch, $name', ({ name, create }) => {
  const engine = create();
  const ledger = new ErrorLedger(`modules, ${name}`);
  afterAll(() => ledger.print());

  function compare(got: Tensor, expected: Tensor, title: string, tolerance: number): void {
    expect(got.dims, title).toEqual(expected.dims);
    const error = relativeError(got.data, expected.data);
    ledger.add(title, error);
    expect(error, title).toBeLessThanOrEqual(tolerance);
  }

  it.each(others.map((golden) => [golden.name, golden] as const))('%s', (_, golden) => {
    using module = moduleOf(golden, engine);
    module.loadStateDict(golden.stateDict as StateDict);
    const input = golden.input.data.slice();
    // The file holds a scalar as [1]: its writer knows no tensor without dimensions.
    const dims = golden.name.endsWith('-of-scalar') ? [] : golden.input.dims;
    compare(module.run({ ...golden.input, dims }).output, golden.expected.output, golden.name, 1e-6);
    expect(golden.input.data, 'the input').toEqual(input);
  });

  it.each(chars.map((golden) => [golden.name, golden] as const))('%s, whole sequences', (_, golden) => {
    using model = charModel(golden, engine);
    const state = golden.state && [undefined, golden.state, undefined];
    const got = model.forward(golden.input, { state });
    const [none, last, nothing] = got.state as [undefined, { h: Tensor; c: Tensor }, undefined];
    expect([none, nothing]).toEqual([undefined, undefined]);
    const tolerance = 5e-6 * golden.options.numLayers;
    compare(got.output, golden.expected.output, golden.name, tolerance);
    compare(last.h, golden.expected.h, `${golden.name} h`, tolerance);
    compare(last.c, golden.expected.c, `${golden.name} c`, tolerance);
  });

  it.each(chars.map((golden) => [golden.name, golden] as const))('%s, step by step', (_, golden) => {
    using model = charModel(golden, engine);
    const { batchFirst, numEmbeddings } = golden.options;
    const { data, dims } = golden.input;
    const [batch, steps] = dims.length === 1 ? [1, dims[0]] : batchFirst ? dims : [dims[1], dims[0]];
    const state: SequentialState | undefined = golden.state && [undefined, golden.state, undefined];
    using stream = model.stream({ batch, state });
    const row = (t: number, b: number) => (batchFirst ? b * steps + t : t * batch + b);
    const output = new Float32Array(steps * batch * numEmbeddings);
    for (let t = 0; t < steps; t++) {
      const y = stream.step(Float32Array.from({ length: batch }, (_, b) => data[row(t, b)]));
      for (let b = 0; b < batch; b++) {
        output.set(y.subarray(b * numEmbeddings, (b + 1) * numEmbeddings), row(t, b) * numEmbeddings);
      }
    }
    const tolerance = 5e-6 * golden.options.numLayers;
    compare({ data: output, dims: golden.expected.output.dims }, golden.expected.output, golden.name, tolerance);
    const [, { h, c }] = stream.state as [undefined, { h: Tensor; c: Tensor }, undefined];
    expect(relativeError(h.data, golden.expected.h.data)).toBeLessThanOrEqual(tolerance);
    expect(relativeError(c.data, golden.expected.c.data)).toBeLessThanOrEqual(tolerance);
  });
});

describe('softmax and logSoftmax against PyTorch', () => {
  const ledger = new ErrorLedger('softmax, logSoftmax');
  afterAll(() => ledger.print());
  const functions = { softmax, logSoftmax } as const;
  const cases = others.filter(({ kind }) => kind in functions);

  it.each(cases.map((golden) => [golden.name, golden] as const))('%s', (_, golden) => {
    const map = functions[golden.kind as keyof typeof functions];
    const got = map(golden.input as Tensor);
    const error = relativeError(got.data, golden.expected.output.data);
    ledger.add(golden.name, error);
    expect(got.dims).toEqual(golden.expected.output.dims);
    expect(error).toBeLessThanOrEqual(1e-6);
    if (golden.input.dims.length > 1) return;
    expect(map(golden.input.data)).toEqual(got.data);
    expect(map(golden.input.data)).not.toBe(golden.input.data);
  });
});
