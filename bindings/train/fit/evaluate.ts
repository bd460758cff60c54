import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import type { Module } from '../../index.js';
import type { ModuleResult } from '../../layers/module.js';
import { assertOptions } from '../../options.js';
import { describeValue, isFloat32Array, type Tensor } from '../../tensor.js';
import type { Batch, Batches } from '../data/batches.js';
import { isPool, isRecurrent, leavesOf } from '../links/chain.js';
import type { Loss, LossPieces, LossResult } from '../losses/loss.js';
import type { LossMask } from '../losses/mask.js';
import { checkMetrics, Measurements, type Metric, type MetricName, metricsOf } from '../metrics.js';
import { drain, type PiecesOf } from '../pieces.js';

/** What `evaluate` measures beside the loss. */
export interface EvaluateOptions {
  /** `'accuracy'`, `'f1'`, `'mae'` …, or your own. */
  metrics: readonly (MetricName | Metric)[];
}

/**
 * The mean loss of a model over batches, without dropout; the state is carried where the batches go on in each other.
 *
 * @param model any layer or Sequential
 * @param data its batches of epoch 0 are taken
 * @param options with `metrics`, they are given with the loss: `{ loss, accuracy }`
 * @throws {TypeError | RangeError} if a batch does not fit the model or the loss
 * @throws {Error} if no row counts; after the model's `dispose()`
 *
 * @example
 * ```ts
 * import { GRU, Linear, Sequential } from 'hiddenstate';
 * import { evaluate, mse, windows } from 'hiddenstate/train';
 *
 * const head = new Linear({ inFeatures: 8, outFeatures: 1, seed: 2 });
 * const model = new Sequential([new GRU({ inputSize: 1, hiddenSize: 8, seed: 1 }), head]);
 * const series = { data: Float32Array.from({ length: 400 }, (_, t) => Math.sin(t / 8)), dims: [400, 1] };
 * const data = windows(series, { steps: 20, batch: 4 });
 * console.log(evaluate(model, data, mse()) > 0); // true
 * const { loss, mae } = evaluate(model, data, mse(), { metrics: ['mae'] });
 * console.log(loss > 0, mae > 0); // true true
 * ```
 */
export function evaluate(model: Module, data: Batches, loss: Loss): number;
/**
 * The mean loss of a model over batches, and what `metrics` measure, each under its name.
 *
 * @param options `metrics`: names, or metrics of your own
 * @throws as without `metrics`; also {TypeError} if a metric is unknown, or a name comes twice
 */
export function evaluate(
  model: Module,
  data: Batches,
  loss: Loss,
  options: EvaluateOptions,
): { readonly loss: number } & Readonly<Record<string, number>>;
export function evaluate(model: Module, data: Batches, loss: Loss, options?: EvaluateOptions) {
  if (options) {
    assertOptions(options, ['metrics'], 'evaluate');
    checkMetrics(options.metrics, 'evaluate: metrics');
  }
  const measurements = options && new Measurements(metricsOf(options.metrics));
  const value = drain(evaluateByBatch(model, data, loss, measurements));
  return measurements ? { loss: value, ...measurements.values() } : value;
}

/**
 * `evaluate`, which stops now and then, so that others get their turn.
 *
 * @param run takes a batch through the model; all at once unless given
 */
export function* evaluateByBatch(
  model: Module,
  data: Batches,
  loss: Loss,
  measurements?: Measurements,
  run: (batch: Batch, state: unknown) => PiecesOf<ModuleResult> = wholeRun(model),
): PiecesOf<number> {
  const compare = comparison(model, loss);
  const mask = maskOf(model);
  let state: unknown;
  let sum = 0;
  let weight = 0;
  for (let index = 0; index < data.count; index++) {
    const batch = data.at(0, index);
    const result = yield* run(batch, state);
    if (data.stateful) state = result.state;
    const { value, weight: w } = yield* compare(result.output, batch);
    measurements?.add(result.output, batch.target, mask(batch));
    sum += value * w;
    weight += w;
    yield;
  }
  if (weight > 0) return sum / weight;
  throw new HiddenstateError(
    'DATA',
    'evaluate: got batches of which no row counts, expected lengths and weights that leave some',
  );
}

function wholeRun(model: Module) {
  // biome-ignore lint/correctness/useYield: one that has no pieces is of the same kind as those that have
  return function* ({ input, lengths }: Batch, state: unknown): PiecesOf<ModuleResult> {
    return model.run(input, { state, lengths });
  };
}

/** Which rows of a model's output count in a batch: behind a pool there are no steps that could be past the end. */
export function maskOf(model: Module): (batch: Batch) => LossMask {
  const pools = leavesOf(model).some(isPool);
  const batchFirst = readsBatchFirst(model);
  return ({ lengths, weights }) => ({ lengths: pools ? undefined : lengths, weights, batchFirst });
}

/** What a loss gave, its weight known. */
export type CheckedLoss = LossResult & { readonly weight: number };

/** Compares a model's output with a batch's targets. */
export type Comparison = (output: Tensor, batch: Batch) => PiecesOf<CheckedLoss>;

/** Compares by a loss, the gradient in an array that is kept. */
export function comparison(model: Module, loss: Loss): Comparison {
  const mask = maskOf(model);
  let out = new Float32Array(0);
  const pieces = (loss as { pieces?: LossPieces }).pieces;
  return function* (output, batch) {
    if (out.length !== output.data.length) out = new Float32Array(output.data.length);
    const rows = mask(batch);
    const call = { ...rows, out, engine: model.engine };
    const result = pieces ? yield* pieces(output, batch.target, call) : loss(output, batch.target, call);
    return checkResult(result, output, rowsThatCount(output, rows.lengths));
  };
}

function rowsThatCount({ data, dims }: Tensor, lengths: Batch['lengths']): number {
  return lengths ? Array.from(lengths).reduce((a, b) => a + b, 0) : data.length / (dims.at(-1) || 1);
}

/**
 * Takes what a loss gave: of one's own it may be `{ value, gradient }` alone, the gradient an array or a tensor, and then
 * counts as the mean over the rows of its batch.
 */
function checkResult(result: LossResult, { data, dims }: Tensor, rows: number): CheckedLoss {
  const { value, gradient, weight = rows } = result ?? {};
  const bare = isFloat32Array(gradient) ? { data: gradient as Float32Array, dims } : gradient;
  if (typeof value !== 'number' || !isFloat32Array(bare?.data) || bare.data.length !== data.length) {
    const got = `value ${describeValue(value)} and gradient ${describeValue(bare?.data)}`;
    throw typeError(
      `loss: got ${got}, expected { value, gradient }: a number and ${data.length} floats as the output has`,
    );
  }
  if (typeof weight !== 'number' || !(weight >= 0)) {
    throw rangeError(`loss: weight: got ${describeValue(weight)}, expected a number of at least 0, or none`);
  }
  return { ...result, gradient: bare, weight };
}

function readsBatchFirst(model: Module): boolean {
  return leavesOf(model).find(isRecurrent)?.batchFirst ?? false;
}
