import { HiddenstateError } from '../../errors.js';
import { type Module, readSafetensors, Sequential, writeSafetensors } from '../../index.js';
import { describeValue, type StateDict, type Tensor } from '../../tensor.js';
import type { Identity } from './identity.js';
import type { EpochReport } from './options.js';

/** Where in a fit one is: the numbers of a checkpoint. */
export interface FitPosition {
  /** The epoch that is running, from 0, and the batches of it that are done. */
  epoch: number;
  batch: number;
  /** Losses of this epoch, weighted and added up, and their weights. */
  sum: number;
  weight: number;
  /** The rate of the step just done. */
  learningRate: number;
  /** The usual loss of a step, by which one is judged to have taken off. */
  usual: number | null;
  /** The best epoch so far, and its loss. */
  best: { readonly epoch: number; readonly loss: number } | null;
  /** Epochs since then. */
  stale: number;
  history: EpochReport[];
}

/** Everything a fit needs to go on. */
export interface Checkpoint {
  /** Data, loss, optimiser and seed: what `checkIdentity` compares. */
  readonly identity: Identity;
  readonly position: FitPosition;
  /** What a schedule remembers. */
  readonly schedule: Readonly<Record<string, number>> | null;
  readonly weights: StateDict;
  /** What an explosion leaves: weights of the best epoch, before there is one those from before the loss took off. */
  readonly kept: StateDict;
  readonly optimizer: StateDict;
  /** The carried state, its parts by their place: `h`, `1.c`; empty at the beginning of an epoch. */
  readonly state: StateDict;
}

const KEY = 'hiddenstate.checkpoint';
const VERSION = 2;
const PARTS = ['weights', 'kept', 'optimizer', 'state'] as const;

/**
 * Writes a checkpoint as one safetensors file: tensors `weights.…`, `kept.…`, `optimizer.…`, `state.…`, the numbers as JSON
 * in the metadata. Float32 and float64 go through unchanged, bit for bit.
 *
 * @param model the model, whose description is kept to be compared when the file is read
 */
export function writeCheckpoint(model: Module, checkpoint: Checkpoint): Uint8Array {
  const tensors: StateDict = Object.create(null);
  for (const part of PARTS) {
    for (const [name, tensor] of Object.entries(checkpoint[part])) tensors[`${part}.${name}`] = tensor;
  }
  const { identity, position, schedule } = checkpoint;
  const text = JSON.stringify({ version: VERSION, model: model.config, identity, position, schedule });
  return writeSafetensors(tensors, { [KEY]: text });
}

/**
 * Reads a checkpoint that `writeCheckpoint` wrote for the same model.
 *
 * @param bytes the file; not kept
 * @throws {TypeError | RangeError | Error} if the bytes are no checkpoint, or one of another model
 */
export function readCheckpoint(model: Module, bytes: Uint8Array): Checkpoint {
  const who = 'fit: resume';
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata[KEY] === undefined) {
    throw new HiddenstateError(
      'FILE',
      `${who}: got a file without "${KEY}" in its metadata, expected a checkpoint of fit`,
    );
  }
  const { version, model: described, identity, position, schedule } = parse(metadata[KEY], who);
  if (version !== VERSION)
    throw new HiddenstateError('FILE', `${who}: got version ${describeValue(version)}, expected ${VERSION}`);
  if (JSON.stringify(described) !== JSON.stringify(model.config)) {
    const [got, expected] = [described, model.config].map((config) => JSON.stringify(config) ?? 'none');
    throw new HiddenstateError(
      'FILE',
      `${who}: got a checkpoint of ${describeValue(got)}, expected one of ${describeValue(expected)}`,
    );
  }
  checkPosition(position, who);
  checkSchedule(schedule, who);
  const parts = Object.fromEntries(PARTS.map((part) => [part, under(tensors, `${part}.`)]));
  return { ...(parts as Pick<Checkpoint, (typeof PARTS)[number]>), identity, position, schedule };
}

/**
 * Takes a carried state apart into tensors by name.
 *
 * @param state what `forward` gave; undefined for none
 */
export function flattenState(state: unknown, prefix = ''): StateDict {
  if (state === undefined) return {};
  return Object.fromEntries(
    Object.entries(state as object).flatMap(([key, part]) => {
      const name = `${prefix}${key}`;
      if (part === undefined) return [];
      if (isTensor(part)) return [[name, part]];
      return Object.entries(flattenState(part, `${name}.`));
    }),
  );
}

/** Puts a carried state together again: a list for a Sequential, `{ h, c }` for a recurrent layer. */
export function unflattenState(model: Module, tensors: StateDict): unknown {
  if (Object.keys(tensors).length === 0) return undefined;
  if (model instanceof Sequential) {
    return model.modules.map((module, i) => unflattenState(module, under(tensors, `${i}.`)));
  }
  return { ...tensors };
}

function isTensor(value: unknown): value is Tensor {
  return (value as Partial<Tensor>).data instanceof Float32Array;
}

/** Copies: a file's tensors may be views of it. */
function under(tensors: StateDict, prefix: string): StateDict {
  const found: StateDict = Object.create(null);
  for (const [name, { data, dims }] of Object.entries(tensors)) {
    if (name.startsWith(prefix)) found[name.slice(prefix.length)] = { data: data.slice(), dims };
  }
  return found;
}

interface Parsed {
  readonly version: unknown;
  readonly model: unknown;
  /** Compared with that of the fit, which is known to be one. */
  readonly identity: Identity;
  readonly position: FitPosition;
  readonly schedule: Readonly<Record<string, number>> | null;
}

function parse(text: string, who: string): Parsed {
  try {
    return (JSON.parse(text) ?? {}) as Parsed;
  } catch {
    throw new HiddenstateError('FILE', `${who}: "${KEY}": got ${describeValue(text)}, expected JSON`);
  }
}

function checkPosition(position: FitPosition, who: string): void {
  const { epoch, batch, sum, weight, learningRate, usual, best, stale, history } = position ?? {};
  const counts = isCount(epoch) && isCount(batch) && isCount(stale) && stale <= epoch;
  const numbers = [sum, weight, learningRate, usual === null ? 0 : usual].every(Number.isFinite);
  const reports = Array.isArray(history) && history.length === epoch && history.every(isReport);
  const chosen = best === null || (isCount(best?.epoch) && best.epoch < epoch && Number.isFinite(best.loss));
  if (counts && numbers && reports && chosen) return;
  throw new HiddenstateError(
    'FILE',
    `${who}: "${KEY}": got ${describeValue(JSON.stringify(position))}, expected the position of a fit`,
  );
}

function isReport(report: EpochReport | null, index: number): boolean {
  const { epoch, loss, validationLoss = 0, learningRate } = report ?? {};
  return epoch === index && [loss, validationLoss, learningRate].every(Number.isFinite);
}

function checkSchedule(schedule: unknown, who: string): void {
  const known = typeof schedule === 'object' && !Array.isArray(schedule);
  if (known && Object.values(schedule ?? {}).every(Number.isFinite)) return;
  throw new HiddenstateError(
    'FILE',
    `${who}: schedule: got ${describeValue(schedule)}, expected null or numbers by name`,
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
