import type { Activation } from './activation.js';
import type { CellDescription } from './description.js';
import { isElementwise } from './row-functions.js';
import { constantsFor, type ScalarName, SELU_ALPHA, SELU_SCALE } from './scalar-functions.js';

/** The families of activations that kernels know: the mirror of `Activation` in assembly/cells/activate.ts. */
export const Family = {
  LINE: 0,
  LEAKY: 1,
  THRESHOLD: 2,
  TANH: 3,
  SIGMOID: 4,
  ELU: 5,
  SOFTSIGN: 6,
  SOFTPLUS: 7,
  SILU: 8,
} as const;

/** The family of an activation, then its constants. */
type Curve = readonly [family: number, ...constants: number[]];

/** Floats of one activation, and of what a kernel reads: three of them and `clip`, padded to whole vectors. */
const RECORD = 8;
const RECORDS = 3 * RECORD + 4;

const { LINE, LEAKY, THRESHOLD, TANH, SIGMOID, ELU, SOFTSIGN, SOFTPLUS, SILU } = Family;
const INFINITE = Number.POSITIVE_INFINITY;

/** What every function is in a kernel, by its constants alpha and beta; the others no kernel knows. */
const CURVES: Partial<Record<ScalarName, (alpha: number, beta: number) => Curve>> = {
  linear: () => [LINE, 1, 0, -INFINITE, INFINITE],
  relu: () => [LINE, 1, 0, 0, INFINITE],
  relu6: () => [LINE, 1, 0, 0, 6],
  hard_tanh: () => [LINE, 1, 0, -1, 1],
  hard_sigmoid: (alpha, beta) => [LINE, alpha, beta, 0, 1],
  sparse_sigmoid: () => [LINE, 0.5, 0.5, 0, 1],
  affine: (alpha, beta) => [LINE, alpha, beta, -INFINITE, INFINITE],
  leaky_relu: (alpha) => [LEAKY, alpha],
  thresholded_relu: (alpha) => [THRESHOLD, alpha],
  tanh: () => [TANH, 1, 1],
  scaled_tanh: (alpha, beta) => [TANH, alpha, beta],
  sigmoid: () => [SIGMOID],
  elu: (alpha) => [ELU, alpha, Math.LOG2E, 1],
  selu: () => [ELU, SELU_SCALE * SELU_ALPHA, Math.LOG2E, SELU_SCALE],
  celu: (alpha) => [ELU, alpha, Math.LOG2E / alpha, 1],
  softsign: () => [SOFTSIGN],
  softplus: () => [SOFTPLUS, 1, 1],
  log_sigmoid: () => [SOFTPLUS, -1, -1],
  silu: () => [SILU],
};

/**
 * The activations of a cell as `activatedStep` reads them: those of the gates, of the candidate and of c on its way to h, then
 * the bound of what goes into the first two.
 *
 * @returns `undefined` where no kernel computes the cell
 */
export function activationRecords({
  kind,
  functions,
  clip,
  coupled,
  peepholes,
}: CellDescription): Float32Array | undefined {
  if (coupled || peepholes !== undefined) return undefined;
  const { gate, candidate, output } = functions;
  const used = [kind === 'RNN' ? candidate : gate, candidate, kind === 'LSTM' ? output : candidate];
  const records = new Float32Array(RECORDS);
  for (let i = 0; i < used.length; i++) {
    const curve = curveOf(used[i]);
    if (!curve) return undefined;
    records.set(curve, i * RECORD);
  }
  records[3 * RECORD] = clip ?? INFINITE;
  return records;
}

function curveOf(activation: Activation): Curve | undefined {
  if (!isElementwise(activation)) return undefined;
  const { name, alpha, beta } = activation;
  // The kernel's exponential takes what is below zero.
  if (name === 'celu' && constantsFor(name, alpha)[0] <= 0) return undefined;
  return CURVES[name]?.(...constantsFor(name, alpha, beta));
}
