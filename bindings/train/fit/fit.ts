import type { Module } from '../../index.js';
import type { Batches } from '../data/batches.js';
import { Measurements } from '../metrics.js';
import { evaluateByBatch } from './evaluate.js';
import { checkFit, type EpochReport, type FitCallback, type FitOptions, type FitResult } from './options.js';
import { now, Pace } from './pace.js';
import { progressLine } from './progress-line.js';
import { Training } from './training.js';

/**
 * Trains a model by backpropagation through time: epochs of batches, a loss, an optimiser. Runs on the calling thread and
 * lets the event loop turn, also within a long step. Memory is planned for the largest batch before the first step.
 *
 * With validation batches the model ends with the weights of its best epoch, without them with those of the last one.
 * Stateful batches are learnt from by truncated backpropagation through time: the state goes on from batch to batch of an
 * epoch, the gradient does not. Data, options and seeds decide every number: the same call on the same build gives the same
 * weights, interrupted and resumed or not.
 *
 * @param model any layer or Sequential; it has the new weights after every step
 * @param data from `windows`, `lanes`, or of your own
 * @throws {TypeError | RangeError} if an argument, a batch or a checkpoint does not fit
 * @throws {DivergedError} if a loss, a gradient or a weight after a step is NaN or infinite; the model has the last good weights
 * @throws {Error} if a checkpoint is that of a fit with other data, another loss, optimiser, rate, schedule or seed; if the
 *   model is disposed meanwhile
 * @throws the signal's reason after an abort, with the weights of the last step; and whatever a callback throws
 */
export async function fit(model: Module, data: Batches, options: FitOptions): Promise<FitResult> {
  checkFit(model, data, options);
  const { signal, checkpoint } = options;
  signal?.throwIfAborted();
  const training = new Training(model, data, options);
  const callbacks = [...(options.callbacks ?? []), ...(options.progress ? [progressLine()] : [])];
  let result: FitResult | undefined;
  try {
    for (const callback of callbacks) callback.onBegin?.();
    const clock = new Clock(training);
    const pace = new Pace();
    let stoppedEarly = training.ranOutOfPatience;
    while (training.position.epoch < options.epochs && !stoppedEarly) {
      await runEpoch(training, clock, pace, callbacks);
      const report = await endEpoch(training, pace);
      await options.onEpoch?.(report);
      for (const callback of callbacks) await callback.onEpoch?.(report);
      stoppedEarly = training.ranOutOfPatience;
      if (checkpoint && (checkpoint.every === undefined || signal?.aborted)) await training.save();
      signal?.throwIfAborted();
    }
    result = finish(training, stoppedEarly);
    return result;
  } finally {
    for (const callback of callbacks) callback.onEnd?.(result);
    training.dispose();
  }
}

async function runEpoch(
  training: Training,
  clock: Clock,
  pace: Pace,
  callbacks: readonly FitCallback[],
): Promise<void> {
  const { options, data, position } = training;
  const { checkpoint, onProgress } = options;
  while (position.batch < data.count) {
    await training.step(pace);
    if (onProgress || callbacks.length > 0) {
      const progress = clock.progress();
      onProgress?.(progress);
      for (const callback of callbacks) callback.onStep?.(progress);
    }
    if (checkpoint?.every !== undefined && training.steps % checkpoint.every === 0) await training.save();
    await rest(training, pace);
  }
}

/** Lets the event loop turn, and ends the fit if it was aborted. */
async function rest(training: Training, pace: Pace): Promise<void> {
  const { signal, checkpoint } = training.options;
  await pace.breathe();
  if (!signal?.aborted) return;
  if (checkpoint) await training.save();
  signal.throwIfAborted();
}

async function endEpoch(training: Training, pace: Pace): Promise<EpochReport> {
  const { options, position, learningRate } = training;
  const { validation } = options;
  const metrics = training.measured();
  const measurements = metrics && new Measurements(training.metrics);
  const report: EpochReport = {
    epoch: position.epoch,
    loss: position.sum / position.weight,
    ...(validation ? { validationLoss: await validate(training, validation, pace, measurements) } : {}),
    ...(metrics && { metrics }),
    ...(validation && measurements && { validationMetrics: measurements.values() }),
    learningRate,
  };
  training.endEpoch(report);
  return report;
}

async function validate(
  training: Training,
  validation: Batches,
  pace: Pace,
  measurements: Measurements | undefined,
): Promise<number> {
  const evaluation = evaluateByBatch(training.model, validation, training.options.loss, measurements);
  let result = evaluation.next();
  for (; !result.done; result = evaluation.next()) await rest(training, pace);
  return result.value;
}

function finish({ position, keepBest, steps }: Training, stoppedEarly: boolean): FitResult {
  const { history, best } = position;
  const last = history[history.length - 1];
  keepBest();
  const chosen = 'validationLoss' in last && best ? best : { epoch: last.epoch, loss: last.loss };
  return { history, ...chosen, steps, stoppedEarly };
}

/** Measures how long steps take, and so how long those that are left will. */
class Clock {
  private readonly begin = now();
  private readonly stepsBefore: number;

  constructor(private readonly training: Training) {
    this.stepsBefore = training.steps;
  }

  progress() {
    const { position, data, options, learningRate, gradientNorm, steps } = this.training;
    const { epoch, batch, sum, weight } = position;
    const seconds = (now() - this.begin) / 1000;
    const done = steps - this.stepsBefore;
    const left = (options.epochs - epoch) * data.count - batch;
    return {
      epoch,
      epochs: options.epochs,
      batch,
      batches: data.count,
      loss: sum / weight,
      learningRate,
      gradientNorm,
      seconds,
      secondsLeft: (seconds / done) * left,
    };
  }
}
