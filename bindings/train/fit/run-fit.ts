import { HiddenstateError } from '../../errors.js';
import type { Module } from '../../index.js';
import { drawSeed } from '../../manual-seed.js';
import type { Batches } from '../data/batches.js';
import { Measurements } from '../metrics.js';
import { evaluateByBatch } from './evaluate.js';
import { checkFit, type EpochReport, type FitCallback, type FitOptions, type FitResult } from './options.js';
import { now } from './pace.js';
import { progressLine } from './progress-line.js';
import { Training } from './training.js';

/** `fit`, loaded when it is first called: who goes tape by tape never needs it. */
export async function runFit(model: Module, data: Batches, options: FitOptions): Promise<FitResult> {
  checkFit(model, data, options);
  const { signal, checkpoint } = options;
  signal?.throwIfAborted();
  const training = new Training(model, data, { ...options, seed: options.seed ?? drawSeed(0) });
  const callbacks = [...(options.callbacks ?? []), ...(options.progress ? [progressLine()] : [])];
  let result: FitResult | undefined;
  try {
    await training.openShards();
    for (const callback of callbacks) callback.onBegin?.();
    const clock = new Clock(training);
    let stoppedEarly = training.ranOutOfPatience;
    while (training.position.epoch < options.epochs && !stoppedEarly) {
      await runEpoch(training, clock, callbacks);
      const report = await endEpoch(training);
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
    await training.close();
  }
}

async function runEpoch(training: Training, clock: Clock, callbacks: readonly FitCallback[]): Promise<void> {
  const { options, data, position } = training;
  const { checkpoint, onProgress } = options;
  while (position.batch < data.count) {
    await training.step();
    if (onProgress || callbacks.length > 0) {
      const progress = clock.progress();
      onProgress?.(progress);
      for (const callback of callbacks) callback.onStep?.(progress);
    }
    if (checkpoint?.every !== undefined && training.steps % checkpoint.every === 0) await training.save();
    await rest(training);
  }
}

/** Lets the event loop turn, and ends the fit if it was aborted. */
async function rest(training: Training): Promise<void> {
  const { signal, checkpoint } = training.options;
  await training.pace.breathe();
  if (!signal?.aborted) return;
  if (checkpoint) await training.save();
  signal.throwIfAborted();
}

async function endEpoch(training: Training): Promise<EpochReport> {
  const { options, position, learningRate } = training;
  const { validation } = options;
  if (position.weight === 0) {
    const expected = 'lengths, weights and targets that leave some to learn from';
    throw new HiddenstateError('DATA', `fit: got an epoch of which no row counts, expected ${expected}`);
  }
  const metrics = training.measured();
  const measurements = metrics && new Measurements(training.metrics);
  const report: EpochReport = {
    epoch: position.epoch,
    loss: position.sum / position.weight,
    ...(validation ? { validationLoss: await validate(training, validation, measurements) } : {}),
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
  measurements: Measurements | undefined,
): Promise<number> {
  const { model, options } = training;
  const evaluation = evaluateByBatch(model, validation, options.loss, measurements, (batch, state) =>
    training.judging(batch, state),
  );
  for (;;) {
    await rest(training);
    const result = evaluation.next();
    if (result.done) return result.value;
  }
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
