import { padToLanes } from '../engine/abi.js';
import { rangeError, typeError } from '../errors.js';
import { assertBoolean, assertOptions, assertSize } from '../options.js';
import { assertTensor, describeValue, formatDims, type Tensor } from '../tensor.js';
import type { Parameter } from '../weights/state-dict.js';
import type { ModuleConfig, ModuleOptions } from './module.js';
import { RowModule } from './row-module.js';

/** Options of `Dropout`. */
export interface DropoutOptions extends ModuleOptions {
  /** Probability that an element is dropped while training, from 0 to less than 1. Default 0.5. */
  p?: number;
}

/**
 * Drops elements while a tape trains, as torch.nn.Dropout; otherwise gives its input as it is.
 *
 * @example
 * ```ts
 * import { Dropout, GRU, Linear, Sequential } from 'hiddenstate';
 * import { fit, mse, windows } from 'hiddenstate/train';
 *
 * const head = [new Dropout({ p: 0.2 }), new Linear({ inFeatures: 8, outFeatures: 1 })];
 * const model = new Sequential([new GRU({ inputSize: 1, hiddenSize: 8 }), ...head]);
 * const series = { data: Float32Array.from({ length: 200 }, (_, t) => Math.sin(t / 8)), dims: [200, 1] };
 * await fit(model, windows(series, { steps: 20, batch: 4 }), { loss: mse(), epochs: 1 }); // drops
 * model.forward(series); // does not
 * ```
 */
export class Dropout extends RowModule {
  readonly inputSize = 0;
  readonly outputSize = 0;
  /** Probability that an element is dropped while training. */
  readonly p: number;
  override readonly config: ModuleConfig;
  /** @internal */
  readonly parameters: readonly Parameter[] = [];

  /** @throws {TypeError | RangeError} if p is no probability below 1 */
  constructor(options: DropoutOptions = {}) {
    assertOptions(options, ['p', 'engine'], 'Dropout');
    const { p = 0.5, ...rest } = options;
    if (typeof p !== 'number') throw typeError(`Dropout: p: got ${describeValue(p)}, expected a number`);
    if (!(p >= 0 && p < 1)) throw rangeError(`Dropout: p: got ${p}, expected a number of at least 0 and less than 1`);
    super(rest, 'Dropout');
    this.p = p;
    this.config = { type: 'Dropout', p };
  }

  /**
   * Gives a copy of its input.
   *
   * @param input […, F]; stays the caller's
   * @returns the same dims, a tensor of its own
   * @throws {TypeError | RangeError} if the input is no tensor
   * @throws {Error} after `dispose()`
   */
  forward(input: Tensor): Tensor {
    return this.mapTensor(input);
  }

  /** @internal */
  override mapRows(x: number, out: number, rows: number, width: number): void {
    this.engine.f32.copyWithin(out / 4, x / 4, x / 4 + rows * padToLanes(width));
  }
}

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends ModuleOptions {
  /** F: features of a row. */
  size: number;
  /** ε, added to the variance. Default 1e-5. */
  epsilon?: number;
}

/**
 * (x − mean) / √(variance + ε) of each row, times `weight`, plus `bias`: torch.nn.LayerNorm over the last dimension.
 *
 * @example
 * ```ts
 * import { LayerNorm } from 'hiddenstate';
 *
 * const norm = new LayerNorm({ size: 4 });
 * const { data } = norm.forward({ data: Float32Array.of(1, 2, 3, 4), dims: [1, 4] });
 * console.log(Array.from(data, (y) => y.toFixed(2)).join(' ')); // -1.34 -0.45 0.45 1.34
 * ```
 */
export class LayerNorm extends RowModule {
  /** F: features of a row. */
  readonly size: number;
  /** ε, added to the variance. */
  readonly epsilon: number;
  override readonly config: ModuleConfig;
  /** @internal */
  readonly parameters: readonly Parameter[];
  private readonly weight: Float32Array;
  private readonly bias: Float32Array;

  /** @throws {TypeError | RangeError} if an option has the wrong kind or value */
  constructor(options: LayerNormOptions) {
    assertOptions(options, ['size', 'epsilon', 'engine'], 'LayerNorm');
    const { size, epsilon = 1e-5, ...rest } = options;
    assertSize(size, 'LayerNorm: size');
    if (typeof epsilon !== 'number' || !(epsilon >= 0 && epsilon < Number.POSITIVE_INFINITY)) {
      throw rangeError(`LayerNorm: epsilon: got ${describeValue(epsilon)}, expected a finite number of at least 0`);
    }
    super(rest, 'LayerNorm');
    this.size = size;
    this.epsilon = epsilon;
    this.config = { type: 'LayerNorm', size, epsilon };
    this.weight = new Float32Array(size).fill(1);
    this.bias = new Float32Array(size);
    this.parameters = this.guarded([vector('weight', this.weight), vector('bias', this.bias)]);
  }

  get inputSize(): number {
    return this.size;
  }

  get outputSize(): number {
    return this.size;
  }

  /**
   * Norms every row.
   *
   * @param input […, size]; stays the caller's
   * @returns the same dims, a tensor of its own
   * @throws {TypeError | RangeError} if the input is no tensor of that width
   * @throws {Error} after `dispose()`
   */
  forward(input: Tensor): Tensor {
    return this.mapTensor(input);
  }

  /** @internal */
  override mapRows(x: number, out: number, rows: number, width: number): void {
    const { f32 } = this.engine;
    const stride = padToLanes(width);
    for (let row = 0; row < rows; row++) this.normRow(f32, x / 4 + row * stride, out / 4 + row * stride, stride);
  }

  /** @internal Norms one row and says its mean and 1/√(variance + ε). */
  normRow(f32: Float32Array, x: number, out: number, stride: number): [mean: number, scale: number] {
    const { size, weight, bias } = this;
    let sum = 0;
    for (let i = 0; i < size; i++) sum += f32[x + i];
    const mean = sum / size;
    let squares = 0;
    for (let i = 0; i < size; i++) squares += (f32[x + i] - mean) ** 2;
    const scale = 1 / Math.sqrt(squares / size + this.epsilon);
    for (let i = 0; i < size; i++) f32[out + i] = (f32[x + i] - mean) * scale * weight[i] + bias[i];
    for (let i = size; i < stride; i++) f32[out + i] = 0;
    return [mean, scale];
  }
}

/** Options of `Scaler`. */
export interface ScalerOptions extends ModuleOptions {
  /** F: features of a row. */
  size: number;
  /** Whether it undoes what another does: x · scale + mean. Default false. */
  inverse?: boolean;
}

/**
 * (x − mean) / scale of each feature, or back: lies first in a model that takes values in their own units, and last, with
 * `inverse`, in one that gives them. It is saved with the model and is not trained.
 *
 * @example
 * ```ts
 * import { Scaler } from 'hiddenstate';
 *
 * const series = { data: Float32Array.of(10, 200, 20, 400, 30, 600), dims: [3, 2] };
 * const scaler = Scaler.fit(series);
 * console.log(scaler.forward(series).data[0].toFixed(3)); // -1.225
 * ```
 */
export class Scaler extends RowModule {
  /** F: features of a row. */
  readonly size: number;
  /** Whether it gives values in their own units back. */
  readonly inverse: boolean;
  override readonly config: ModuleConfig;
  /** @internal */
  readonly parameters: readonly Parameter[];
  private readonly mean: Float32Array;
  private readonly scale: Float32Array;

  /** Mean 0 and scale 1; `Scaler.fit` measures them. @throws {TypeError | RangeError} if an option does not fit */
  constructor(options: ScalerOptions) {
    assertOptions(options, ['size', 'inverse', 'engine'], 'Scaler');
    const { size, inverse = false, ...rest } = options;
    assertSize(size, 'Scaler: size');
    assertBoolean(inverse, 'Scaler: inverse');
    super(rest, 'Scaler');
    this.size = size;
    this.inverse = inverse;
    this.config = { type: 'Scaler', size, inverse };
    this.mean = new Float32Array(size);
    this.scale = new Float32Array(size).fill(1);
    this.parameters = this.guarded([
      { ...vector('mean', this.mean), fixed: true },
      { ...vector('scale', this.scale), fixed: true },
    ]);
  }

  /**
   * Measures mean and standard deviation of every feature, as sklearn's StandardScaler: a feature that is constant is only
   * shifted.
   *
   * @param data […, F] of at least one row, all finite
   * @throws {TypeError | RangeError} if it is no such tensor
   */
  static fit(data: Tensor, options: Omit<ScalerOptions, 'size'> = {}): Scaler {
    const who = 'Scaler.fit';
    assertTensor(data, `${who}: data`);
    const size = data.dims.at(-1) ?? 0;
    const rows = data.data.length / (size || 1);
    if (size === 0 || rows === 0) {
      throw rangeError(`${who}: data: got dims ${formatDims(data.dims)}, expected at least one row`);
    }
    const wrong = data.data.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw rangeError(
        `${who}: data: got ${data.data[wrong]} in row ${Math.floor(wrong / size)}, expected finite numbers`,
      );
    }
    const scaler = new Scaler({ ...options, size });
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let r = 0; r < rows; r++) sum += data.data[r * size + i];
      const mean = sum / rows;
      let squares = 0;
      for (let r = 0; r < rows; r++) squares += (data.data[r * size + i] - mean) ** 2;
      scaler.mean[i] = mean;
      scaler.scale[i] = Math.sqrt(squares / rows) || 1;
    }
    return scaler;
  }

  get inputSize(): number {
    return this.size;
  }

  get outputSize(): number {
    return this.size;
  }

  /** A scaler that undoes this one. */
  inverted(): Scaler {
    const other = new Scaler({ size: this.size, inverse: !this.inverse, engine: this.engine });
    other.loadStateDict(this.stateDict());
    return other;
  }

  /**
   * Scales every row.
   *
   * @param input […, size]; stays the caller's
   * @returns the same dims, a tensor of its own
   * @throws {TypeError | RangeError} if the input is no tensor of that width
   * @throws {Error} after `dispose()`
   */
  forward(input: Tensor): Tensor {
    return this.mapTensor(input);
  }

  /** @internal What a row is multiplied by, for its gradient. */
  factor(i: number): number {
    return this.inverse ? this.scale[i] : 1 / this.scale[i];
  }

  /** @internal */
  override mapRows(x: number, out: number, rows: number, width: number): void {
    const { mean, scale, inverse } = this;
    const { f32 } = this.engine;
    const stride = padToLanes(width);
    for (let row = 0; row < rows; row++) {
      const [from, to] = [x / 4 + row * stride, out / 4 + row * stride];
      for (let i = 0; i < width; i++) {
        f32[to + i] = inverse ? f32[from + i] * scale[i] + mean[i] : (f32[from + i] - mean[i]) / scale[i];
      }
      for (let i = width; i < stride; i++) f32[to + i] = 0;
    }
  }
}

function vector(name: string, values: Float32Array): Parameter {
  return { name, dims: [values.length], read: () => values.slice(), write: (data) => values.set(data) };
}
