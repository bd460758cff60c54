import { HiddenstateError } from '../../errors.js';
import type { Module } from '../../index.js';
import { describeValue, type Tensor } from '../../tensor.js';
import type { Batch, Batches } from '../data/batches.js';
import type { Loss } from '../losses/loss.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { outputDims } from '../output-dims.js';
import { drain } from '../pieces.js';
import type { Schedule } from '../schedules/schedule.js';
import type { Tape } from '../tape/tape.js';
import { comparison } from './evaluate.js';
import type { FitOptions } from './options.js';

/**
 * What decides the numbers of a fit besides the model and its weights, by the option that says it. A checkpoint keeps it: a
 * fit that went on with other data, another loss, seed or rate would be neither the old fit nor a new one.
 */
export type Identity = Readonly<Record<string, string | number | null | undefined>>;

/** Steps at which a schedule is asked for its rate. */
const PROBED_STEPS = [0, 1, 2, 3, 10, 100, 1000, 100_000];
/** The difference of two values of one loss on two hosts, whose exponential functions may differ in their last digits. */
const LOSS_TOLERANCE = 1e-5;

/** Describes a fit. Reads the first and the last batch of epoch 0 and runs the loss once. */
export function identify(tape: Tape, data: Batches, options: FitOptions, optimizer: Optimizer): Identity {
  const {
    loss,
    validation,
    schedule,
    clipNorm = null,
    clipValue = null,
    dropout = 0,
    seed = 0,
    threads = 1,
    shards = threads,
  } = options;
  return {
    data: digest(data),
    loss: probeLoss(tape.model, data, loss),
    validation: validation ? digest(validation) : null,
    optimizer: JSON.stringify({ type: optimizer.type, learningRate: optimizer.learningRate, ...optimizer.settings }),
    schedule: schedule ? probeSchedule(schedule, optimizer.learningRate) : null,
    // Left out of files where they are not given, as before there were these options.
    frozen: options.frozen && tape.parameters.frozenNames().join(),
    shards: shards === 1 ? undefined : shards,
    clipNorm,
    clipValue,
    dropout,
    seed,
  };
}

/**
 * Compares the fit of a checkpoint with the one that is to go on from it.
 *
 * @throws {Error} if an option differs; it is named
 */
export function checkIdentity(got: unknown, expected: Identity, who: string): void {
  const given = (typeof got === 'object' && got !== null ? got : {}) as Identity;
  for (const [name, value] of Object.entries(expected)) {
    if (isSame(given[name], value)) continue;
    throw new HiddenstateError(
      'FILE',
      `${who}: got a checkpoint of a fit with another ${name} (${describeValue(given[name])}), ` +
        `expected ${describeValue(value)} as now: go on with the options it was begun with, or begin a new fit from its weights`,
    );
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Math.abs(a - b) <= LOSS_TOLERANCE * Math.abs(b);
}

/** Sizes, and a hash of the first and the last batch of epoch 0. */
function digest(data: Batches): string {
  const { count, steps, batch, stateful } = data;
  const hash = [0, count - 1].reduce((sum, index) => hashBatch(data.at(0, index), sum), 0x811c9dc5);
  return `${count} batches of ${steps} × ${batch}${stateful ? ', stateful' : ''}, ${(hash >>> 0).toString(16)}`;
}

/** FNV-1a over the numbers of a batch. */
function hashBatch({ input, target, lengths, weights }: Batch, seed: number): number {
  let hash = seed;
  const add = (bits: number) => {
    hash = Math.imul(hash ^ bits, 0x01000193);
    hash ^= hash >>> 15;
  };
  for (const tensor of [input, target, weights]) {
    if (!tensor) continue;
    tensor.dims.forEach(add);
    const bits = new Uint32Array(Float32Array.from(tensor.data).buffer);
    for (let i = 0; i < bits.length; i++) add(bits[i]);
  }
  for (let i = 0; i < (lengths?.length ?? 0); i++) add((lengths as ArrayLike<number>)[i]);
  return hash;
}

/** The loss of fixed numbers in the shape of the model's output; null where a loss refuses them. */
function probeLoss(model: Module, data: Batches, loss: Loss): number | null {
  const batch = data.at(0, 0);
  const dims = outputDims(model, batch.input.dims);
  const size = dims.reduce((a, b) => a * b, 1);
  const fixed: Tensor = { dims, data: Float32Array.from({ length: size }, (_, i) => 0.3 + 0.4 * Math.sin(i + 1)) };
  try {
    const { value } = drain(comparison(model, loss)(fixed, batch));
    return Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}

function probeSchedule(schedule: Schedule, base: number): string {
  return `${schedule.each ?? 'epoch'}: ${PROBED_STEPS.map((step) => schedule.rate(base, step)).join()}`;
}
