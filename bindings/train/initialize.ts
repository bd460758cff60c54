import { rangeError, typeError } from '../errors.js';
import type { Module } from '../index.js';
import { assertOptions } from '../options.js';
import { normalOf, type Random, seededRandom } from '../random.js';
import { describeValue, type Tensor } from '../tensor.js';
import { assertFinite } from './assert-finite.js';
import { leavesOf } from './links/chain.js';
import { orthogonalMatrix } from './orthogonal.js';

/**
 * How a matrix begins: `'uniform'` ±1/√fan (torch.nn's default: H for recurrent modules, the inputs for Linear),
 * `'xavierUniform'` ±√(6/(rows + columns)), `'xavierNormal'` with variance 2/(rows + columns), `'orthogonal'`: rows or
 * columns, whichever are fewer, orthonormal (Saxe et al. 2014), or `'zeros'`.
 */
export type Initializer = 'uniform' | 'xavierUniform' | 'xavierNormal' | 'orthogonal' | 'zeros';

/** Options of `initialize`. */
export interface InitializeOptions {
  /** Seed of all numbers. */
  seed: number;
  /** weight_ih, weight_hr, and the weight of a Linear. Default `'uniform'`. */
  input?: Initializer;
  /** weight_hh. Default `'uniform'`. */
  recurrent?: Initializer;
  /** Biases. Default `'uniform'`. */
  bias?: 'uniform' | 'zeros';
  /** What b_ih + b_hh of an LSTM's forget gate begin with, in place of `bias` (Gers et al. 2000; Józefowicz et al. 2015: 1). */
  forgetBias?: number;
  /** A factor on every matrix. Default 1. */
  gain?: number;
}

const INITIALIZERS: readonly unknown[] = ['uniform', 'xavierUniform', 'xavierNormal', 'orthogonal', 'zeros'];

/**
 * Gives a model new weights. The matrices of the gates are drawn one by one: each gate's rows are a matrix of their own,
 * so that an orthogonal weight_hh holds one orthogonal H × H matrix for each gate. The table of an Embedding is standard
 * normal, as torch.nn's.
 *
 * @param module any layer or Sequential
 * @throws {TypeError | RangeError} if an option has the wrong kind or value, or a forget bias is asked of a model without
 *   an LSTM that has biases
 * @throws {Error} after the module's `dispose()`
 *
 * @example
 * ```ts
 * import { LSTM } from 'hiddenstate';
 * import { initialize } from 'hiddenstate/train';
 *
 * const lstm = new LSTM({ inputSize: 4, hiddenSize: 8, seed: null });
 * initialize(lstm, { seed: 1, recurrent: 'orthogonal', bias: 'zeros', forgetBias: 1 });
 * console.log(lstm.stateDict().bias_ih_l0.data[8]); // 1
 * ```
 */
export function initialize(module: Module, options: InitializeOptions): void {
  const who = 'initialize';
  assertOptions(options, ['seed', 'input', 'recurrent', 'bias', 'forgetBias', 'gain'], who);
  const { seed, input = 'uniform', recurrent = 'uniform', bias = 'uniform', forgetBias, gain = 1 } = options;
  assertFinite(seed, `${who}: seed`);
  assertInitializer(input, `${who}: input`);
  assertInitializer(recurrent, `${who}: recurrent`);
  assertInitializer(bias, `${who}: bias`, ['uniform', 'zeros']);
  assertFinite(gain, `${who}: gain`);
  if (forgetBias !== undefined) assertFinite(forgetBias, `${who}: forgetBias`);
  const leaves = leavesOf(module);
  if (forgetBias !== undefined && !leaves.some(({ type, config }) => type === 'LSTM' && config.bias)) {
    throw rangeError(`${who}: forgetBias: got ${forgetBias}, expected an LSTM with biases for it`);
  }
  const plan: Plan = { input, recurrent, bias, forgetBias, gain, random: seededRandom(seed) };
  for (const leaf of leaves) {
    const dict = leaf.stateDict();
    for (const [name, tensor] of Object.entries(dict)) drawParameter(leaf, name, tensor, plan);
    leaf.loadStateDict(dict);
  }
}

type Plan = Required<Omit<InitializeOptions, 'seed' | 'forgetBias'>> & {
  readonly forgetBias: number | undefined;
  readonly random: Random;
};

function drawParameter(leaf: Module, name: string, tensor: Tensor, plan: Plan): void {
  if (leaf.type === 'Embedding') fill(tensor.data, normalOf(plan.random));
  else if (tensor.dims.length === 1) drawBias(leaf, name, tensor.data, plan);
  else drawGates(leaf, name, tensor, plan);
}

function drawBias(leaf: Module, name: string, data: Float32Array, { bias, forgetBias, random }: Plan): void {
  const bound = uniformBound(leaf);
  fill(data, bias === 'zeros' ? () => 0 : () => (2 * random() - 1) * bound);
  if (leaf.type !== 'LSTM' || forgetBias === undefined) return;
  // The two biases are added: one of them holds the whole.
  const hidden = leaf.config.hiddenSize as number;
  data.fill(name.startsWith('bias_ih') ? forgetBias : 0, hidden, 2 * hidden);
}

function drawGates(leaf: Module, name: string, { data, dims }: Tensor, { input, recurrent, gain, random }: Plan): void {
  const gates = /^weight_[ih]h/.test(name) ? dims[0] / (leaf.config.hiddenSize as number) : 1;
  const kind = name.startsWith('weight_hh') ? recurrent : input;
  const [rows, columns] = [dims[0] / gates, dims[1]];
  for (let gate = 0; gate < gates; gate++) {
    const block = data.subarray(gate * rows * columns, (gate + 1) * rows * columns);
    drawMatrix(block, rows, columns, kind, uniformBound(leaf), random);
    for (let i = 0; i < block.length; i++) block[i] *= gain;
  }
}

/** What torch.nn draws from: H decides in a recurrent module, the number of inputs in a Linear. */
function uniformBound({ config }: Module): number {
  return 1 / Math.sqrt((config.hiddenSize ?? config.inFeatures) as number);
}

function drawMatrix(
  block: Float32Array,
  rows: number,
  columns: number,
  kind: Initializer,
  bound: number,
  random: Random,
): void {
  const fans = rows + columns;
  if (kind === 'zeros') block.fill(0);
  else if (kind === 'orthogonal') block.set(orthogonalMatrix(rows, columns, random));
  else if (kind === 'xavierNormal') {
    const normal = normalOf(random);
    fill(block, () => normal() * Math.sqrt(2 / fans));
  } else {
    const most = kind === 'uniform' ? bound : Math.sqrt(6 / fans);
    fill(block, () => (2 * random() - 1) * most);
  }
}

function fill(data: Float32Array, draw: () => number): void {
  for (let i = 0; i < data.length; i++) data[i] = draw();
}

function assertInitializer(value: unknown, who: string, known = INITIALIZERS): void {
  if (known.includes(value)) return;
  throw typeError(`${who}: got ${describeValue(value)}, expected one of ${known.join(', ')}`);
}
