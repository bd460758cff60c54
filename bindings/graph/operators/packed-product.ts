import { padToLanes, padToTile } from '../../engine/abi.js';
import { packStrided } from '../../weights/pack-strided.js';
import { packBias, packedSize, plainMatrix } from '../../weights/packing.js';
import type { TensorValue } from '../graph.js';
import type { Place, Step } from '../operator.js';

/** out = x · Wᵀ + b for rows of x, W known when the plan is made. */
export interface PackedProduct {
  /** Rows of x and of out. */
  readonly count: number;
  /** Features of a row of x, and of one of out. */
  readonly inputSize: number;
  readonly outputSize: number;
  readonly weight: TensorValue;
  /** Whether W is stored [inputSize, outputSize]; otherwise [outputSize, inputSize]. */
  readonly transposed: boolean;
  readonly bias?: TensorValue;
  /** Factors of W and of b. 1 unless given. */
  readonly alpha?: number;
  readonly beta?: number;
}

/** Floats of workspace that `packedProductStep` needs. */
export function packedProductScratch({ count, inputSize, outputSize }: PackedProduct): number {
  const cols = padToLanes(inputSize);
  const rows = padToTile(outputSize);
  return (cols === inputSize ? 0 : count * cols) + (rows === outputSize ? 0 : count * rows);
}

/**
 * The step of a product with known weights: the kernels' packed product, with rows padded on the way in and cut on the way
 * out where they do not fit as they are.
 */
export function packedProductStep(place: Place, product: PackedProduct, x: number, out: number): Step {
  const { memory, kernels, scratch } = place;
  const { count, inputSize, outputSize } = product;
  const matrix = plainMatrix(outputSize, inputSize);
  const { rows, cols } = matrix;
  const w = packedWeights(place, product);
  const padded = cols === inputSize ? x : scratch;
  const result = rows === outputSize ? out : scratch + (cols === inputSize ? 0 : count * cols * 4);
  return () => {
    const { f32 } = memory;
    if (padded !== x) spreadRows(f32, padded / 4, cols, x / 4, inputSize, count);
    kernels.affine(result, w, padded, count, rows, cols, rows, cols);
    if (result !== out) cutRows(f32, out / 4, outputSize, result / 4, rows, count);
  };
}

function packedWeights({ packed, graphKernels }: Place, product: PackedProduct): number {
  const { inputSize, outputSize, weight, transposed, bias, alpha = 1, beta = 1 } = product;
  const matrix = plainMatrix(outputSize, inputSize);
  const form = `product:${outputSize}×${inputSize}:${transposed}:${alpha}:${beta}`;
  const floats = packedSize(matrix);
  const [rowStep, colStep] = transposed ? [1, outputSize] : [inputSize, 1];
  return packed([weight, bias], form, floats, (f32, to, [address]) => {
    packStrided(graphKernels.copyBlock, to, matrix, { address, rowStep, colStep });
    if (bias) packBias(f32, to, matrix, bias.data as Float32Array);
    const panels = to / 4 + matrix.rows;
    if (bias && beta !== 1) scale(f32, to / 4, panels, beta);
    if (alpha !== 1) scale(f32, panels, to / 4 + floats, alpha);
  });
}

function scale(f32: Float32Array, from: number, to: number, factor: number): void {
  for (let i = from; i < to; i++) f32[i] *= factor;
}

/** Tight rows into padded ones, the padding zero. */
function spreadRows(f32: Float32Array, to: number, stride: number, from: number, width: number, count: number): void {
  for (let r = 0; r < count; r++) {
    let a = to + r * stride;
    const end = a + stride;
    let b = from + r * width;
    for (const last = b + width; b < last; a++, b++) f32[a] = f32[b];
    for (; a < end; a++) f32[a] = 0;
  }
}

/** Padded rows into tight ones. */
function cutRows(f32: Float32Array, to: number, width: number, from: number, stride: number, count: number): void {
  for (let r = 0; r < count; r++) {
    const a = to + r * width;
    const b = from + r * stride;
    for (let i = 0; i < width; i++) f32[a + i] = f32[b + i];
  }
}
