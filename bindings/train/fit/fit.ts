import type { Module } from '../../index.js';
import type { Batches } from '../data/batches.js';
import type { FitOptions, FitResult } from './options.js';

/**
 * Trains a model by backpropagation through time: epochs of batches, a loss, an optimiser. Runs on the calling thread, or
 * with `threads` on workers, and lets the event loop turn, also within a long step. Memory is planned for the largest batch before the first step.
 *
 * With validation batches the model ends with the weights of its best epoch, without them with those of the last one.
 * Stateful batches are learnt from by truncated backpropagation through time: the state goes on from batch to batch of an
 * epoch, the gradient does not. Data, options and seeds decide every number: the same call on the same build gives the same
 * weights, interrupted and resumed or not.
 *
 * @param model any layer or Sequential; it has the new weights after every step
 * @param data from `windows`, `lanes`, or of your own
 * @throws {TypeError | RangeError} if an argument, a batch or a checkpoint does not fit
 * @throws {Error} if a thread cannot start, or ends
 * @throws {DivergedError} if a loss, a gradient or a weight after a step is NaN or infinite; the model has the last good weights
 * @throws {Error} if a checkpoint is that of a fit with other data, another loss, optimiser, rate, schedule or seed; if the
 *   model is disposed meanwhile
 * @throws the signal's reason after an abort, with the weights of the last step; and whatever a callback throws
 *
 * @example
 * ```ts
 * import { GRU, Linear, Sequential } from 'hiddenstate';
 * import { Adam, fit, mse, windows } from 'hiddenstate/train';
 *
 * const head = new Linear({ inFeatures: 8, outFeatures: 1, seed: 2 });
 * const model = new Sequential([new GRU({ inputSize: 1, hiddenSize: 8, seed: 1 }), head]);
 * const series = { data: Float32Array.from({ length: 400 }, (_, t) => Math.sin(t / 8)), dims: [400, 1] };
 * const { loss } = await fit(model, windows(series, { steps: 20, batch: 4, shuffle: 1 }), {
 *   loss: mse(),
 *   epochs: 10,
 *   optimizer: (parameters) => new Adam(parameters, { learningRate: 0.01 }),
 * });
 * console.log(loss < 0.1); // true
 * ```
 */
export async function fit(model: Module, data: Batches, options: FitOptions): Promise<FitResult> {
  const { runFit } = await import('./run-fit.js');
  return runFit(model, data, options);
}
