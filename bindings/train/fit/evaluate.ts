import type { Module } from '../../index.js';
import type { Tensor } from '../../tensor.js';
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
  return sum / weight;
}

/** Compares a model's output with a batch's targets, the gradient in an array that is kept. */
export function comparison(model: Module, loss: Loss): (output: Tensor, batch: Batch) => LossResult {
  const batchFirst = readsBatchFirst(model);
  let out = new Float32Array(0);
  return (output, { target, lengths, weights }) => {
    if (out.length !== output.data.length) out = new Float32Array(output.data.length);
    return loss(output, target, { lengths, weights, batchFirst, out });
  };
}

function readsBatchFirst(model: Module): boolean {
  return leavesOf(model).find(isRecurrent)?.batchFirst ?? false;
}
