import {
  Embedding,
  type Engine,
  GRU,
  Linear,
  LogSoftmax,
  LSTM,
  type Module,
  ReLU,
  RNN,
  Sequential,
  Sigmoid,
  Softmax,
  type StateDict,
  Tanh,
  type Tensor,
} from '../../bindings/index.js';
import type { Tape } from '../../bindings/train/index.js';

/** Any module by its kind and options, as the cases name them. */
export function moduleOf({ kind, ...options }: { kind: string } & Record<string, unknown>, engine: Engine): Module {
  const kinds = { RNN, LSTM, GRU, Linear, Embedding, Tanh, Sigmoid, ReLU, Softmax, LogSoftmax };
  const Kind = kinds[kind as keyof typeof kinds] as unknown as new (options: unknown) => Module;
  return new Kind({
    ...options,
    engine,
    ...('inputSize' in options || kind === 'Linear' || kind === 'Embedding' ? { seed: 0 } : {}),
  });
}

/** Modules one after the other. */
export function sequentialOf(
  modules: readonly ({ kind: string } & Record<string, unknown>)[],
  engine: Engine,
): Sequential {
  return new Sequential(modules.map((module) => moduleOf(module, engine)));
}

/** Draws a model's weights in their order. */
export function drawWeights(model: Module, tensor: (dims: readonly number[]) => Tensor): void {
  const dict: StateDict = {};
  for (const [name, { dims }] of Object.entries(model.stateDict())) dict[name] = tensor(dims);
  model.loadStateDict(dict);
}

/** The gradients of all weights by name, copied. */
export function gradientsOf(tape: Tape): Record<string, Float32Array> {
  return Object.fromEntries([...tape.parameters].map(({ name, gradient }) => [name, gradient.slice()]));
}
