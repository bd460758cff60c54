import type { Module, Sequential, StateDict } from '../../index.js';
import { PlainGRU, PlainLSTM, PlainRNN } from '../../measure/index.js';
import { affineRows } from '../../measure/plain-products.js';

/** One step of a module or of a model: reads x, leaves the result in an array that the next step overwrites. */
export type PlainStep = (x: Float32Array) => Float32Array;

/** A model in plain JavaScript, or what plain JavaScript lacks for it. */
export type PlainModel = { readonly step: PlainStep } | { readonly lacks: string };

type Maker = (dict: StateDict, module: Module, width: number) => PlainStep;

const MAKERS: Readonly<Record<string, Maker>> = {
  Embedding: lookUp,
  Linear: linear,
  LSTM: (dict) => recurrent(new PlainLSTM(dict)),
  GRU: (dict) => recurrent(new PlainGRU(dict)),
  RNN: (dict) => recurrent(new PlainRNN(dict)),
  Tanh: (_dict, _module, width) => map(width, Math.tanh),
  Sigmoid: (_dict, _module, width) => map(width, (value) => 1 / (1 + Math.exp(-value))),
  ReLU: (_dict, _module, width) => map(width, (value) => Math.max(0, value)),
};

/**
 * Rebuilds a model from the same weights with nothing but loops over Float32Array, as fast as V8 was found to run them.
 * Begins with zero state.
 */
export function plainModel(model: Sequential): PlainModel {
  const steps: PlainStep[] = [];
  let width = model.inputSize;
  for (const module of model.modules) {
    const lacks = lacking(module);
    if (lacks !== undefined) return { lacks };
    steps.push(MAKERS[module.type](module.stateDict(), module, width));
    width = module.outputSize || width;
  }
  return {
    step: (x) => {
      let values = x;
      for (const step of steps) values = step(values);
      return values;
    },
  };
}

function lacking({ type, config }: Module): string | undefined {
  if (!Object.hasOwn(MAKERS, type)) return type;
  if (config.projSize) return `${type} with a projection`;
  if (config.resetAfter === false) return `${type} with the reset before the product`;
  if (config.nonlinearity === 'relu') return `${type} with relu`;
  return undefined;
}

function recurrent(cell: PlainLSTM | PlainGRU | PlainRNN): PlainStep {
  const out = new Float32Array(cell.hiddenSize);
  return (x) => {
    cell.step(x, out);
    return out;
  };
}

function lookUp({ weight: { data, dims } }: StateDict): PlainStep {
  const size = dims[1];
  const out = new Float32Array(size);
  return (x) => {
    const at = x[0] * size;
    for (let i = 0; i < size; i++) out[i] = data[at + i];
    return out;
  };
}

function linear({ weight, bias }: StateDict): PlainStep {
  const [rows, columns] = weight.dims;
  const initial = bias?.data ?? new Float32Array(rows);
  const out = new Float32Array(rows);
  return (x) => {
    affineRows(out, 0, initial, 0, weight.data, x, 0, columns, 0, rows);
    return out;
  };
}

function map(width: number, f: (value: number) => number): PlainStep {
  const out = new Float32Array(width);
  return (x) => {
    for (let i = 0; i < width; i++) out[i] = f(x[i]);
    return out;
  };
}
