import { padToLanes } from '../engine/abi.js';
import { assertOptions } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Parameter } from '../weights/state-dict.js';
import type { ModuleConfig, ModuleOptions } from './module.js';
import { RowModule } from './row-module.js';
import { softmaxRow } from './softmax.js';

/** A function of each row without weights: what Tanh, Sigmoid, ReLU, Softmax and LogSoftmax have in common. */
export abstract class Activation extends RowModule {
  /** Any width will do. */
  readonly inputSize = 0;
  /** As wide as the input. */
  readonly outputSize = 0;
  override readonly config: ModuleConfig;
  /** @internal */
  readonly parameters: readonly Parameter[] = [];

  /** @internal */
  constructor(options: ModuleOptions, type: string) {
    assertOptions(options, ['engine'], type);
    super(options, type);
    this.config = { type };
  }

  /**
   * Maps every element, or for the softmaxes every row.
   *
   * @param input of at least one dimension; stays the caller's
   * @returns the same dims, a tensor of its own
   * @throws {TypeError | RangeError} if the input is no tensor
   * @throws {Error} after `dispose()`
   */
  forward(input: Tensor): Tensor {
    return this.mapTensor(input);
  }

  /** @internal */
  override mapRows(x: number, out: number, rows: number, width: number): void {
    const stride = padToLanes(width);
    this.map(out, x, rows * stride, width);
    if (stride === width) return;
    const { f32 } = this.engine;
    for (let row = 0; row < rows; row++) f32.fill(0, out / 4 + row * stride + width, out / 4 + (row + 1) * stride);
  }

  /** @internal Maps `size` floats, padding included. */
  protected abstract map(out: number, x: number, size: number, width: number): void;
}

/**
 * tanh, as torch.nn.Tanh.
 *
 * @example
 * ```ts
 * import { Tanh } from 'hiddenstate';
 *
 * const { data } = new Tanh().forward({ data: Float32Array.of(-1, 0, 1), dims: [1, 3] });
 * console.log(Array.from(data, (y) => y.toFixed(2)).join(' ')); // -0.76 0.00 0.76
 * ```
 */
export class Tanh extends Activation {
  /** @throws {TypeError} if an option has the wrong kind */
  constructor(options: ModuleOptions = {}) {
    super(options, 'Tanh');
  }

  /** @internal */
  protected override map(out: number, x: number, size: number): void {
    this.engine.kernels.tanhMap(out, x, size);
  }
}

/**
 * 1 / (1 + e^−x), as torch.nn.Sigmoid.
 *
 * @example
 * ```ts
 * import { Sigmoid } from 'hiddenstate';
 *
 * const { data } = new Sigmoid().forward({ data: Float32Array.of(-1, 0, 1), dims: [1, 3] });
 * console.log(Array.from(data, (y) => y.toFixed(2)).join(' ')); // 0.27 0.50 0.73
 * ```
 */
export class Sigmoid extends Activation {
  /** @throws {TypeError} if an option has the wrong kind */
  constructor(options: ModuleOptions = {}) {
    super(options, 'Sigmoid');
  }

  /** @internal */
  protected override map(out: number, x: number, size: number): void {
    this.engine.kernels.sigmoidMap(out, x, size);
  }
}

/**
 * max(x, 0), as torch.nn.ReLU.
 *
 * @example
 * ```ts
 * import { ReLU } from 'hiddenstate';
 *
 * const { data } = new ReLU().forward({ data: Float32Array.of(-1, 0, 1), dims: [1, 3] });
 * console.log(data.join(' ')); // 0 0 1
 * ```
 */
export class ReLU extends Activation {
  /** @throws {TypeError} if an option has the wrong kind */
  constructor(options: ModuleOptions = {}) {
    super(options, 'ReLU');
  }

  /** @internal */
  protected override map(out: number, x: number, size: number): void {
    this.engine.kernels.reluMap(out, x, size);
  }
}

/**
 * Softmax over the last dimension, as torch.nn.Softmax(-1).
 *
 * @example
 * ```ts
 * import { GRU, Linear, Sequential, Softmax } from 'hiddenstate';
 *
 * const head = [new Linear({ inFeatures: 8, outFeatures: 3 }), new Softmax()];
 * const model = new Sequential([new GRU({ inputSize: 4, hiddenSize: 8 }), ...head]);
 * const { output } = model.forward({ data: new Float32Array(20), dims: [5, 4] });
 * console.log(output.dims); // [ 5, 3 ]
 * ```
 */
export class Softmax extends Activation {
  /** @throws {TypeError} if an option has the wrong kind */
  constructor(options: ModuleOptions = {}) {
    super(options, 'Softmax');
  }

  /** @internal */
  protected override map(out: number, x: number, size: number, width: number): void {
    eachSoftmax(this.engine.f32, out, x, size, width, false);
  }
}

/**
 * Log-softmax over the last dimension, as torch.nn.LogSoftmax(-1).
 *
 * @example
 * ```ts
 * import { LogSoftmax } from 'hiddenstate';
 *
 * const { data } = new LogSoftmax().forward({ data: Float32Array.of(1, 1), dims: [1, 2] });
 * console.log(data[0].toFixed(4)); // -0.6931
 * ```
 */
export class LogSoftmax extends Activation {
  /** @throws {TypeError} if an option has the wrong kind */
  constructor(options: ModuleOptions = {}) {
    super(options, 'LogSoftmax');
  }

  /** @internal */
  protected override map(out: number, x: number, size: number, width: number): void {
    eachSoftmax(this.engine.f32, out, x, size, width, true);
  }
}

function eachSoftmax(f32: Float32Array, out: number, x: number, size: number, width: number, log: boolean): void {
  const stride = padToLanes(width);
  for (let at = 0; at < size; at += stride) softmaxRow(f32, x / 4 + at, width, f32, out / 4 + at, log);
}
