import { rangeError, typeError } from '../../errors.js';
import { assertOptions, assertSize } from '../../options.js';
import { describeValue } from '../../tensor.js';
import { assertFinite } from '../assert-finite.js';
import type { Schedule, ScheduleOptions } from './schedule.js';

/**
 * torch.optim.lr_scheduler.StepLR: base · γ^⌊count / stepSize⌋, by default each epoch.
 *
 * @throws {TypeError | RangeError} if an option has the wrong kind or value
 *
 * @example
 * ```ts
 * import { stepLR } from 'hiddenstate/train';
 *
 * const schedule = stepLR({ stepSize: 30, gamma: 0.1 });
 * console.log([0, 29, 30, 60].map((epoch) => schedule.rate(1, epoch).toFixed(2)).join(' ')); // 1.00 1.00 0.10 0.01
 * ```
 */
export function stepLR(options: ScheduleOptions & { stepSize: number; gamma?: number }): Schedule {
  const who = 'stepLR';
  assertOptions(options, ['stepSize', 'gamma', 'each'], who);
  const { stepSize, gamma = 0.1, each = 'epoch' } = options;
  assertSize(stepSize, `${who}: stepSize`);
  assertFinite(gamma, `${who}: gamma`, Number.MIN_VALUE);
  return schedule(who, each, (base, count) => base * gamma ** Math.floor(count / stepSize));
}

/**
 * torch.optim.lr_scheduler.ExponentialLR: base · γ^count, by default each epoch.
 *
 * @throws {TypeError | RangeError} if an option has the wrong kind or value
 *
 * @example
 * ```ts
 * import { exponentialLR } from 'hiddenstate/train';
 *
 * const schedule = exponentialLR({ gamma: 0.5 });
 * console.log([0, 1, 2].map((epoch) => schedule.rate(1, epoch))); // [ 1, 0.5, 0.25 ]
 * ```
 */
export function exponentialLR(options: ScheduleOptions & { gamma: number }): Schedule {
  const who = 'exponentialLR';
  assertOptions(options, ['gamma', 'each'], who);
  const { gamma, each = 'epoch' } = options;
  assertFinite(gamma, `${who}: gamma`, Number.MIN_VALUE);
  return schedule(who, each, (base, count) => base * gamma ** count);
}

/**
 * torch.optim.lr_scheduler.CosineAnnealingLR: from base to `etaMin` along half a cosine in `tMax`, by default steps.
 *
 * @throws {TypeError | RangeError} if an option has the wrong kind or value
 *
 * @example
 * ```ts
 * import { cosineAnnealingLR } from 'hiddenstate/train';
 *
 * const schedule = cosineAnnealingLR({ tMax: 100 });
 * console.log([0, 50, 100].map((step) => schedule.rate(0.1, step).toFixed(3)).join(' ')); // 0.100 0.050 0.000
 * ```
 */
export function cosineAnnealingLR(options: ScheduleOptions & { tMax: number; etaMin?: number }): Schedule {
  const who = 'cosineAnnealingLR';
  assertOptions(options, ['tMax', 'etaMin', 'each'], who);
  const { tMax, etaMin = 0, each = 'step' } = options;
  assertSize(tMax, `${who}: tMax`);
  assertFinite(etaMin, `${who}: etaMin`, 0);
  return schedule(who, each, (base, count) => cosine(base, etaMin, count / tMax));
}

/**
 * torch.optim.lr_scheduler.LinearLR, the usual warm-up: from base · `startFactor` to base · `endFactor` in `totalIters`, by
 * default steps, and on with that.
 *
 * @throws {TypeError | RangeError} if an option has the wrong kind or value
 *
 * @example
 * ```ts
 * import { linearLR } from 'hiddenstate/train';
 *
 * const warmUp = linearLR({ startFactor: 0.1, totalIters: 10 });
 * console.log([0, 5, 10].map((step) => warmUp.rate(1, step).toFixed(2)).join(' ')); // 0.10 0.55 1.00
 * ```
 */
export function linearLR(
  options: ScheduleOptions & { startFactor?: number; endFactor?: number; totalIters?: number } = {},
): Schedule {
  const who = 'linearLR';
  assertOptions(options, ['startFactor', 'endFactor', 'totalIters', 'each'], who);
  const { startFactor = 1 / 3, endFactor = 1, totalIters = 5, each = 'step' } = options;
  assertFinite(startFactor, `${who}: startFactor`, Number.MIN_VALUE, 1);
  assertFinite(endFactor, `${who}: endFactor`, 0, 1);
  assertSize(totalIters, `${who}: totalIters`);
  return schedule(who, each, (base, count) => base * lerp(startFactor, endFactor, Math.min(count / totalIters, 1)));
}

/** Options of `oneCycleLR`. */
export interface OneCycleOptions {
  /** The highest rate; the optimiser's own rate does not matter. */
  maxLR: number;
  /** Steps of the whole cycle, at least 2. */
  totalSteps: number;
  /** The part of them in which the rate rises. Default 0.3. */
  pctStart?: number;
  /** Default `'cos'`. */
  annealStrategy?: 'cos' | 'linear';
  /** The first rate is maxLR / divFactor. Default 25. */
  divFactor?: number;
  /** The last is maxLR / divFactor / finalDivFactor. Default 1e4. */
  finalDivFactor?: number;
}

/**
 * torch.optim.lr_scheduler.OneCycleLR with cycle_momentum=False: up to `maxLR`, then down to nearly nothing, each step.
 * Past the cycle's end it stays at the last rate (PyTorch throws).
 *
 * @throws {TypeError | RangeError} if an option has the wrong kind or value
 *
 * @example
 * ```ts
 * import { oneCycleLR } from 'hiddenstate/train';
 *
 * const schedule = oneCycleLR({ maxLR: 1, totalSteps: 100 });
 * console.log([0, 29, 99].map((step) => schedule.rate(0, step).toFixed(2)).join(' ')); // 0.04 1.00 0.00
 * ```
 */
export function oneCycleLR(options: OneCycleOptions): Schedule {
  const who = 'oneCycleLR';
  const names = ['maxLR', 'totalSteps', 'pctStart', 'annealStrategy', 'divFactor', 'finalDivFactor'];
  assertOptions(options, names, who);
  const { maxLR, totalSteps, pctStart = 0.3, annealStrategy = 'cos', divFactor = 25, finalDivFactor = 1e4 } = options;
  assertFinite(maxLR, `${who}: maxLR`, Number.MIN_VALUE);
  assertSize(totalSteps, `${who}: totalSteps`, 2);
  assertFinite(pctStart, `${who}: pctStart`, 0, 1);
  assertFinite(divFactor, `${who}: divFactor`, Number.MIN_VALUE);
  assertFinite(finalDivFactor, `${who}: finalDivFactor`, Number.MIN_VALUE);
  if (annealStrategy !== 'cos' && annealStrategy !== 'linear') {
    throw typeError(`${who}: annealStrategy: got ${describeValue(annealStrategy)}, expected 'cos' or 'linear'`);
  }
  const anneal = annealStrategy === 'cos' ? cosine : lerp;
  const first = maxLR / divFactor;
  const last = first / finalDivFactor;
  const top = pctStart * totalSteps - 1;
  const end = totalSteps - 1;
  return schedule(who, 'step', (_, count) => {
    const step = Math.min(count, end);
    return step <= top ? anneal(first, maxLR, step / top) : anneal(maxLR, last, (step - top) / (end - top));
  });
}

/**
 * One schedule after the other, as torch.optim.lr_scheduler.SequentialLR: a warm-up, then the rest.
 *
 * @param schedules at least one, all moving on alike
 * @param milestones the counts at which the second, the third … begins, each from its own count 0
 * @throws {TypeError | RangeError} if they do not fit each other
 *
 * @example
 * ```ts
 * import { cosineAnnealingLR, linearLR, sequentialLR } from 'hiddenstate/train';
 *
 * const parts = [linearLR({ startFactor: 0.1, totalIters: 10 }), cosineAnnealingLR({ tMax: 90 })];
 * const schedule = sequentialLR(parts, [10]); // a warm-up of ten steps
 * console.log([0, 10, 55, 100].map((step) => schedule.rate(1, step).toFixed(2)).join(' ')); // 0.10 1.00 0.50 0.00
 * ```
 */
export function sequentialLR(schedules: readonly Schedule[], milestones: readonly number[]): Schedule {
  const who = 'sequentialLR';
  if (!Array.isArray(schedules) || schedules.length === 0 || schedules.some(({ observe }) => observe)) {
    throw typeError(`${who}: got ${describeValue(schedules)}, expected an array of schedules that need no loss`);
  }
  const [{ each }] = schedules;
  if (schedules.some((other) => other.each !== each)) {
    throw rangeError(`${who}: got schedules for steps and for epochs, expected all alike`);
  }
  if (milestones.length !== schedules.length - 1 || milestones.some((at, i) => !(at > (milestones[i - 1] ?? 0)))) {
    throw rangeError(`${who}: milestones: got ${describeValue(milestones)}, expected ${schedules.length - 1}, rising`);
  }
  return schedule(who, each, (base, count) => {
    const k = milestones.filter((at) => at <= count).length;
    return schedules[k].rate(base, count - (milestones[k - 1] ?? 0));
  });
}

function schedule(who: string, each: unknown, rate: Schedule['rate']): Schedule {
  if (each === 'step' || each === 'epoch') return { each, rate };
  throw typeError(`${who}: each: got ${describeValue(each)}, expected 'step' or 'epoch'`);
}

function cosine(from: number, to: number, part: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2;
}

function lerp(from: number, to: number, part: number): number {
  return from + (to - from) * part;
}
