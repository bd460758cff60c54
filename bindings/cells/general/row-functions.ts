import { rangeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import type { Activation, ActivationName } from './activation.js';
import { isScalarName, type ScalarName, scalarFunction } from './scalar-functions.js';

/**
 * Applies an activation to one row of wasm memory, in place.
 *
 * @param memory the engine's floats
 * @param at index of the row's first float
 * @param size floats of the row
 */
export type RowFunction = (memory: Float32Array, at: number, size: number) => void;

/** Whether there is an activation of that name. */
function isActivationName(name: string): name is ActivationName {
  return isScalarName(name) || Object.hasOwn(ROW_FUNCTIONS, name);
}

/**
 * Resolves a name in whatever case it is written (`HardSigmoid`, `hardSigmoid`, `hard_sigmoid`), and the synonyms of
 * Keras and TensorFlow.js.
 *
 * @throws {RangeError} if there is none of that name
 */
export function activationName(written: unknown, who: string): ActivationName {
  const snake = String(written)
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .toLowerCase();
  const name = Object.hasOwn(SYNONYMS, snake) ? SYNONYMS[snake] : snake;
  if (typeof written === 'string' && isActivationName(name)) return name;
  throw rangeError(`${who}: got activation ${describeValue(written)}, expected one that is supported`);
}

/** Whether an activation is a function of one element. */
export function isElementwise(activation: Activation): activation is Activation & { readonly name: ScalarName } {
  return isScalarName(activation.name);
}

/** An activation as a function of rows. */
export function rowFunction({ name, alpha, beta }: Activation): RowFunction {
  if (!isScalarName(name)) return ROW_FUNCTIONS[name];
  const f = scalarFunction(name, alpha, beta);
  return (memory, at, size) => {
    for (let i = at; i < at + size; i++) memory[i] = f(memory[i]);
  };
}

const SYNONYMS: Readonly<Record<string, ActivationName>> = {
  swish: 'silu',
  hard_swish: 'hard_silu',
  gelu_new: 'gelu_tanh',
  exp: 'exponential',
  leakyrelu: 'leaky_relu',
  logsoftmax: 'log_softmax',
  thresholdedrelu: 'thresholded_relu',
};

const ROW_FUNCTIONS: Readonly<Record<'softmax' | 'log_softmax' | 'sparsemax', RowFunction>> = {
  softmax(memory, at, size) {
    const greatest = greatestOf(memory, at, size);
    let sum = 0;
    for (let i = at; i < at + size; i++) sum += memory[i] = Math.exp(memory[i] - greatest);
    for (let i = at; i < at + size; i++) memory[i] /= sum;
  },
  log_softmax(memory, at, size) {
    const greatest = greatestOf(memory, at, size);
    let sum = 0;
    for (let i = at; i < at + size; i++) sum += Math.exp(memory[i] - greatest);
    const shift = greatest + Math.log(sum);
    for (let i = at; i < at + size; i++) memory[i] -= shift;
  },
  /**
   * As Keras computes it, which sums the running sums of all elements of the support where Martins & Astudillo 2016 take the last
   * one. Source: `sparsemax` of keras/src/backend/tensorflow/nn.py, 3.15.
   */
  sparsemax(memory, at, size) {
    const sorted = memory
      .slice(at, at + size)
      .sort()
      .reverse();
    let running = 0;
    let sum = 0;
    let support = 0;
    for (let k = 0; k < size; k++) {
      running += sorted[k];
      if (1 + (k + 1) * sorted[k] <= running) continue;
      sum += running;
      support++;
    }
    const threshold = (sum - 1) / support;
    for (let i = at; i < at + size; i++) memory[i] = Math.max(memory[i] - threshold, 0);
  },
};

function greatestOf(memory: Float32Array, at: number, size: number): number {
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = at; i < at + size; i++) greatest = Math.max(greatest, memory[i]);
  return greatest;
}
