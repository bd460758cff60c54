import { rangeError, typeError } from '../../errors.js';
import type { Engine } from '../../index.js';
import { assertOptions } from '../../options.js';
import { assertTensor, describeValue, formatDims, type Tensor } from '../../tensor.js';
import { drain, type PiecesOf } from '../pieces.js';
import { type LossMask, rowWeights } from './mask.js';

/** Floats of an output after which others get their turn: some milliseconds. */
const PIECE_FLOATS = 2 ** 19;

/**
 * How the losses of the elements become one number: their mean over what counts, their sum, or both left out: then
 * `losses` holds them one by one, `value` their sum, and the gradient is that of the sum.
 */
export type Reduction = 'mean' | 'sum' | 'none';

/** Options of every loss. */
export interface LossOptions {
  /** Default `'mean'`. */
  reduction?: Reduction;
}

/** What one evaluation can be told. */
export interface LossCall extends LossMask {
  /** Where the gradient goes, as many floats as the output; a new array unless given. */
  out?: Float32Array;
  /** Whose kernels work, where a loss uses some; the shared engine unless given. */
  engine?: Engine;
}

/** What a loss gives. */
export interface LossResult {
  /** The reduced loss; 0 if nothing counts (PyTorch: NaN). Summed in float64. */
  readonly value: number;
  /** ∂value/∂output, with the output's dims; 0 where nothing counts. */
  readonly gradient: Tensor;
  /**
   * What `value` counts in an average over several batches: for a mean the weights of the rows that count, added up (their
   * number, without weights); otherwise 1. A loss of your own may give none: it then counts as a mean over the rows.
   */
  readonly weight?: number;
  /** The losses one by one, weighted, only with reduction `'none'`. */
  readonly losses?: Tensor;
}

/**
 * A loss: compares a model's output with what it should have been.
 *
 * @param output […, F], what the model gave; stays the caller's
 * @param target what it should have given; the dims depend on the loss
 * @throws {TypeError | RangeError} if dims or values do not fit
 */
export type Loss = (output: Tensor, target: Tensor, call?: LossCall) => LossResult;

/** What makes a loss piece by piece. */
export type LossPieces = (output: Tensor, target: Tensor, call?: LossCall) => PiecesOf<LossResult>;

/** What a loss of the library was made of, from which another thread makes the same: its function's name and argument. */
export interface LossRecipe {
  readonly name: string;
  readonly options: LossOptions;
}

/** A loss of the library. */
export type DividedLoss = Loss & { readonly pieces: LossPieces; readonly recipe: LossRecipe };

/**
 * A loss of pieces: called, it does all at once. Whoever knows it can walk through the pieces.
 *
 * @internal
 */
export function dividedLoss(name: string, options: LossOptions, pieces: LossPieces): DividedLoss {
  const whole: Loss = (...given) => drain(pieces(...given));
  return Object.assign(whole, { pieces, recipe: { name, options: { ...options } } });
}

/** How the rows of two tensors lie. */
export interface LossShape {
  /** Floats of a row of the output and of the target. */
  readonly width: number;
  readonly targetWidth: number;
  /** Losses of a row, and the dims of all of them. */
  readonly lossWidth: number;
  readonly lossDims: readonly number[];
}

/** One row of a loss: what makes it different from the others. */
export interface RowLoss {
  /** Function name, for messages. */
  readonly who: string;
  /** @throws {RangeError} if the dims do not fit each other */
  shape(output: Tensor, target: Tensor): LossShape;
  /**
   * Writes the gradients of a row, each times `factor`, and its losses, if they are wanted.
   *
   * @returns the sum of its losses, not weighted
   */
  row(
    output: Float32Array,
    at: number,
    target: Float32Array,
    targetAt: number,
    gradient: Float32Array,
    factor: number,
    losses: Float64Array | undefined,
  ): number;
}

/** A call of a loss, checked. */
export interface OpenCall extends LossShape {
  readonly rows: number;
  /** Of each row; undefined if all count alike. */
  readonly weights: Float32Array | undefined;
  /** Where the gradient goes. */
  readonly gradient: Float32Array;
}

/**
 * Checks what a loss is called with.
 *
 * @internal
 * @throws {TypeError | RangeError} if something does not fit
 */
export function openCall(
  { who, shape }: Pick<RowLoss, 'who' | 'shape'>,
  output: Tensor,
  target: Tensor,
  call: LossCall,
): OpenCall {
  assertTensor(output, `${who}: output`);
  assertTensor(target, `${who}: target`);
  assertOptions(call, ['lengths', 'weights', 'batchFirst', 'out', 'engine'], who);
  const shaped = shape(output, target);
  return {
    ...shaped,
    rows: output.data.length / shaped.width,
    weights: rowWeights(output.dims.slice(0, -1), call, who),
    gradient: gradientArray(call.out, output, who),
  };
}

/**
 * Makes a loss of its rows: masks, weighs and reduces them.
 *
 * @internal
 * @param options those that it was made with
 */
export function lossOfRows(spec: RowLoss, options: LossOptions): Loss {
  const { reduction = 'mean' } = options;
  assertReduction(reduction, spec.who);
  return dividedLoss(spec.who, options, function* (output, target, call = {}) {
    const { width, targetWidth, lossWidth, lossDims, rows, weights, gradient } = openCall(spec, output, target, call);
    const losses = reduction === 'none' ? new Float32Array(rows * lossWidth) : undefined;
    const ofRow = losses && new Float64Array(lossWidth);
    const weight = weights ? weights.reduce((a, b) => a + b, 0) : rows;
    const divisor = reduction === 'mean' && weight !== 0 ? weight * lossWidth : 1;
    const most = Math.max(1, Math.floor(PIECE_FLOATS / width));
    let sum = 0;
    for (let r = 0; r < rows; r++) {
      if (r % most === most - 1) yield;
      const w = weights === undefined ? 1 : weights[r];
      const at = r * width;
      // Skipped, not multiplied by 0: what is masked may be NaN.
      if (w === 0) {
        gradient.fill(0, at, at + width);
        continue;
      }
      sum += w * spec.row(output.data, at, target.data, r * targetWidth, gradient, w / divisor, ofRow);
      if (ofRow) for (let i = 0; i < lossWidth; i++) losses[r * lossWidth + i] = w * ofRow[i];
    }
    const result = {
      value: sum / divisor,
      gradient: { data: gradient, dims: output.dims },
      weight: reduction === 'mean' ? weight : 1,
    };
    return losses ? { ...result, losses: { data: losses, dims: lossDims } } : result;
  });
}

/**
 * Checks the reduction.
 *
 * @internal
 */
export function assertReduction(value: unknown, who: string): asserts value is Reduction {
  if (value === 'mean' || value === 'sum' || value === 'none') return;
  throw typeError(`${who}: reduction: got ${describeValue(value)}, expected 'mean', 'sum' or 'none'`);
}

/**
 * Checks that a tensor has exactly these dims.
 *
 * @internal
 */
export function assertTargetDims(target: Tensor, dims: readonly number[], who: string): void {
  if (target.dims.length === dims.length && target.dims.every((size, i) => size === dims[i])) return;
  throw rangeError(`${who}: target: got dims ${formatDims(target.dims)}, expected ${formatDims(dims)}`);
}

/**
 * The width of the output's rows.
 *
 * @internal
 * @throws {RangeError} if there is none
 */
export function outputWidth(output: Tensor, who: string): number {
  const width = output.dims.at(-1);
  if (width !== undefined && width > 0) return width;
  throw rangeError(`${who}: output: got dims ${formatDims(output.dims)}, expected a last dimension of at least 1`);
}

function gradientArray(out: Float32Array | undefined, output: Tensor, who: string): Float32Array {
  if (out === undefined) return new Float32Array(output.data.length);
  const tensor = { data: out, dims: output.dims };
  assertTensor(tensor, `${who}: out`);
  return out;
}
