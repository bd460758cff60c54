import type { Module } from '../../index.js';
import type { Batches } from '../data/batches.js';
import { evaluate } from './evaluate.js';
import { checkFit, type EpochReport, type FitOptions, type FitResult } from './options.js';
import { now, Pace } from './pace.js';
import { Training } from './training.js';

/**
 * Trains a model by backpropagation through time: epochs of batches, a loss, an optimiser. Runs on the calling thread and
 * lets the event loop turn every 30 ms. Memory is planned for the largest batch before the first step.
 *
 * With validation batches the model ends with the weights of its best epoch, without them with those of the last one.
 * Stateful batches are learnt from by truncated backpropagation through time: the state goes on from batch to batch of an
 * epoch, the gradient does not. Data, options and seeds decide every number: the same call on the same build gives the same
 * weights, interrupted and resumed or not.
 *
 * @param model any layer or Sequential; it has the new weights after every step
 * @param data from `windows`, `lanes`, or of your own
 * @throws {TypeError | RangeError} if an argument, a batch or a checkpoint does not fit
 * @throws {DivergedError} if a loss or gradient is NaN or infinite; the model has the last good weights
 * @throws the signal's reason after an abort, with the weights of the last step; and whatever a callback throws
 */
export async function fit(model: Module, data: Batches, options: FitOptions): Promise<FitResult> {
  checkFit(model, data, options);
  options.signal?.throwIfAborted();
  const training = new Training(model, data, options);
  try {
    const clock = new Clock(training);
    const pace = new Pace();
    let stoppedEarly = training.ranOutOfPatience;
    while (training.position.epoch < options.epochs && !stoppedEarly) {
      await runEpoch(training, clock, pace);
      const report = endEpoch(training);
      await options.onEpoch?.(report);
      stoppedEarly = training.ranOutOfPatience;
      if (options.checkpoint && options.checkpoint.every === undefined) await training.save();
    }
    return finish(training, stoppedEarly);
  } finally {
    training.dispose();
  }
}

async function runEpoch(training: Training, clock: Clock, pace: Pace): Promise<void> {
  const { options, data, position } = training;
  const { signal, checkpoint, onProgress } = options;
  while (position.batch < data.count) {
    training.step();
    onProgress?.(clock.progress());
    if (checkpoint?.every !== undefined && training.steps % checkpoint.every === 0) await training.save();
    await pace.breathe();
    if (!signal?.aborted) continue;
    if (checkpoint) await training.save();
    signal.throwIfAborted();
  }
}

function endEpoch(training: Training): EpochReport {
  const { model, options, position, learningRate } = training;
  const { validation, loss, schedule } = options;
  const report: EpochReport = {
    epoch: position.epoch,
    loss: position.sum / position.weight,
    ...(validation ? { validationLoss: evaluate(model, validation, loss) } : {}),
    learningRate,
  };
  const judged = report.validationLoss ?? report.loss;
  if (!Number.isFinite(judged)) training.diverge(`a ${validation ? 'validation ' : ''}loss of ${judged}`);
  schedule?.observe?.(judged);
  training.endEpoch(report, judged);
  return report;
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
