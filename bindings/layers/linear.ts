import { padToLanes, quantizedSize } from '../engine/abi.js';
import { drawSeed } from '../manual-seed.js';
import { assertBoolean, assertOptions, assertSeed, assertSize } from '../options.js';
import type { StoredStateDict, Tensor } from '../tensor.js';
import { drawParameters } from '../weights/draw.js';
import { matrixAccess } from '../weights/matrix-access.js';
import { type PackedMatrix, packBias, packedSize, plainMatrix } from '../weights/packing.js';
import {
  assertWeightFormat,
  formatOption,
  packedFormat,
  quantizedAt,
  type WeightFormat,
  WIDEST_INT8,
} from '../weights/quantized.js';
import { formatOf, matchStored, namesUnder, type Parameter } from '../weights/state-dict.js';
import { matrixDims } from './infer-options.js';
import { loaded, type ModuleConfig, type ModuleOptions, type WeightOptions } from './module.js';
import { openStream } from './open-stream.js';
import { RowModule } from './row-module.js';
import type { Stream, StreamOptions } from './stream.js';

/** Options of `Linear`, as of torch.nn.Linear. */
export interface LinearOptions extends ModuleOptions {
  /** Features of x. */
  inFeatures: number;
  /** Features of y. */
  outFeatures: number;
  /** Whether there is a b. Default true. */
  bias?: boolean;
  /** How W is kept: int8 takes a quarter of the memory, and rounds each row to 255 values. Default float32. */
  weights?: WeightFormat;
  /** Seed of the initial weights, uniform in ±1/√inFeatures; a fresh one unless given. `null` leaves them zero. */
  seed?: number | null;
}

/**
 * y = W·x + b, as torch.nn.Linear.
 *
 * @example
 * ```ts
 * import { Linear } from 'hiddenstate';
 *
 * const linear = new Linear({ inFeatures: 20, outFeatures: 30 });
 * const { dims } = linear.forward({ data: new Float32Array(128 * 20), dims: [128, 20] });
 * console.log(dims); // [ 128, 30 ]
 * ```
 */
export class Linear extends RowModule {
  /** Features of x. */
  readonly inFeatures: number;
  /** Features of y. */
  readonly outFeatures: number;
  /** Whether there is a b. */
  readonly bias: boolean;
  /** How W is kept. */
  readonly weights: WeightFormat;
  override readonly config: ModuleConfig;
  /** @internal */
  readonly parameters: readonly Parameter[];
  /** @internal */
  readonly matrix: PackedMatrix;
  /** @internal Address of the packed matrix. */
  readonly w: number;

  /** @throws {TypeError | RangeError} if an option has the wrong kind or size, or memory cannot hold the weights */
  constructor(options: LinearOptions) {
    assertOptions(options, ['inFeatures', 'outFeatures', 'bias', 'weights', 'seed', 'engine'], 'Linear');
    const { inFeatures, outFeatures, bias = true, weights = 'float32', seed = drawSeed() } = options;
    assertSize(inFeatures, 'Linear: inFeatures');
    assertSize(outFeatures, 'Linear: outFeatures');
    assertBoolean(bias, 'Linear: bias');
    assertWeightFormat(weights, 'Linear: weights');
    assertSeed(seed, 'Linear: seed');
    if (weights === 'int8') assertSize(inFeatures, 'Linear: inFeatures with int8 weights', 1, WIDEST_INT8);
    super(options, 'Linear');
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.bias = bias;
    this.weights = weights;
    this.config = { type: 'Linear', inFeatures, outFeatures, bias, ...formatOption(weights) };
    this.matrix = plainMatrix(outFeatures, inFeatures, packedFormat(this.engine, weights));
    this.w = this.slabs.allocate(packedSize(this.matrix));
    this.parameters = this.guarded(this.makeParameters());
    if (seed !== null) drawParameters(this.parameters, seed, 1 / Math.sqrt(inFeatures));
  }

  get inputSize(): number {
    return this.inFeatures;
  }

  get outputSize(): number {
    return this.outFeatures;
  }

  /**
   * Maps every row.
   *
   * @param input […, inFeatures]; stays the caller's
   * @returns […, outFeatures], a tensor of its own
   * @throws {TypeError | RangeError} if the input is no tensor of that width
   * @throws {Error} after `dispose()`
   */
  forward(input: Tensor): Tensor {
    return this.mapTensor(input);
  }

  /**
   * Opens a stream: one row of each of `batch` a call.
   *
   * @throws {TypeError | RangeError} if an option does not fit
   * @throws {Error} after `dispose()`
   */
  stream(options: StreamOptions<undefined> = {}): Stream<undefined> {
    return openStream(this, options);
  }

  /**
   * Makes a layer from PyTorch's `weight` and `bias`.
   *
   * @throws {TypeError | RangeError | Error} if the tensors are not those of one Linear; no memory stays taken
   */
  static fromStateDict(dict: StoredStateDict, options: WeightOptions = {}): Linear {
    const who = 'Linear.fromStateDict';
    assertOptions(options, ['prefix', 'weights', 'engine'], who);
    const { prefix = '', engine } = options;
    const names = namesUnder(dict, prefix, who);
    const [outFeatures, inFeatures] = matrixDims(dict, `${prefix}weight`, who);
    const bias = Object.hasOwn(dict, `${prefix}bias`);
    const dims = [
      { name: 'weight', dims: [outFeatures, inFeatures] },
      ...(bias ? [{ name: 'bias', dims: [outFeatures] }] : []),
    ];
    matchStored(dims, dict, who, { prefix });
    const weights = options.weights ?? formatOf(dict, names);
    return loaded(new Linear({ inFeatures, outFeatures, bias, weights, engine, seed: null }), dict, { prefix });
  }

  /** @internal */
  override scratchSize(rows: number): number {
    return this.weights === 'int8' ? rows * quantizedSize(this.matrix.cols) : 0;
  }

  /** @internal */
  override mapRows(x: number, out: number, rows: number, _width: number, scratch: number): void {
    const { engine, matrix, outFeatures } = this;
    const q = quantizedAt(engine, this.weights, scratch);
    engine.kernels.storedAffine(out, this.w, x, q, rows, matrix.rows, matrix.cols, matrix.rows, matrix.cols);
    const { f32 } = engine;
    const stride = padToLanes(outFeatures);
    const start = out / 4;
    for (let r = 0; r < rows; r++) {
      const to = start + r * stride;
      const from = start + r * matrix.rows;
      if (to !== from) f32.copyWithin(to, from, from + outFeatures);
      // Not always zero already: an infinite input times a padding row's zero weights is NaN.
      for (let i = outFeatures; i < stride; i++) f32[to + i] = 0;
    }
  }

  private makeParameters(): Parameter[] {
    const { engine, matrix, w, inFeatures, outFeatures } = this;
    const weight: Parameter = {
      name: 'weight',
      dims: [outFeatures, inFeatures],
      ...matrixAccess(engine, outFeatures, inFeatures, () => [[matrix, w]]),
    };
    const bias: Parameter = {
      name: 'bias',
      dims: [outFeatures],
      read: () => engine.f32.slice(w / 4, w / 4 + outFeatures),
      write: (data) => packBias(engine.f32, w, matrix, data),
    };
    return this.bias ? [weight, bias] : [weight];
  }
}
