import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import type { Module } from '../../index.js';
import { describeValue, isFloat32Array, type Tensor } from '../../tensor.js';
import type { Batch, Batches } from '../data/batches.js';
import { isRecurrent, leavesOf } from '../links/chain.js';
import type { Loss, LossResult } from '../losses/loss.js';

/**
 * The mean loss of a model over batches, without dropout; the state is carried where the batches go on in each other.
 *
 * @param model any layer or Sequential
 * @param data its batches of epoch 0 are taken
 * @throws {TypeError | RangeError} if a batch does not fit the model or the loss
 * @throws {Error} after the model's `dispose()`
 */
export function evaluate(model: Module, data: Batches, loss: Loss): number {
  const evaluation = evaluateByBatch(model, data, loss);
  let result = evaluation.next();
  while (!result.done) result = evaluation.next();
  return result.value;
}

/** `evaluate`, which stops after every batch, so that others get their turn. */
export function* evaluateByBatch(model: Module, data: Batches, loss: Loss): Generator<undefined, number> {
  const compare = comparison(model, loss);
  let state: unknown;
  let sum = 0;
  let weight = 0;
  for (let index = 0; index < data.count; index++) {
    const batch = data.at(0, index);
    const result = model.run(batch.input, { state, lengths: batch.lengths });
    if (data.stateful) state = result.state;
    const { value, weight: w } = compare(result.output, batch);
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

/** What a loss gave, its weight known. */
export type CheckedLoss = LossResult & { readonly weight: number };

/** Compares a model's output with a batch's targets, the gradient in an array that is kept. */
export function comparison(model: Module, loss: Loss): (output: Tensor, batch: Batch) => CheckedLoss {
  const batchFirst = readsBatchFirst(model);
  let out = new Float32Array(0);
  return (output, { target, lengths, weights }) => {
    if (out.length !== output.data.length) out = new Float32Array(output.data.length);
    const result = loss(output, target, { lengths, weights, batchFirst, out });
    return checkResult(result, output, rowsThatCount(output, lengths));
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
