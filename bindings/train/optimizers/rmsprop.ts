import { assertBoolean } from '../../options.js';
import { assertFinite } from '../assert-finite.js';
import type { Parameters } from '../parameters.js';
import { assertOptimizer, Optimizer, type OptimizerOptions, type Run } from './optimizer.js';

/** Options of `RMSprop`, as of torch.optim.RMSprop. */
export interface RMSpropOptions extends OptimizerOptions {
  /** Share of the mean square that is kept at each step. Default 0.99. */
  alpha?: number;
  /** ε, added to the root of the mean square. Default 1e-8. */
  epsilon?: number;
  /** Share of the last direction that is kept. Default 0. */
  momentum?: number;
  /** Whether the square of the mean gradient is taken off: a variance. Default false. */
  centered?: boolean;
}

/**
 * RMSprop (Hinton 2012), as torch.optim.RMSprop.
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { fit, mse, RMSprop, windows } from 'hiddenstate/train';
 *
 * const model = new GRU({ inputSize: 1, hiddenSize: 1, seed: 1 });
 * const series = { data: Float32Array.from({ length: 200 }, (_, t) => Math.sin(t / 8)), dims: [200, 1] };
 * await fit(model, windows(series, { steps: 20, batch: 4 }), {
 *   loss: mse(),
 *   epochs: 2,
 *   optimizer: (parameters) => new RMSprop(parameters, { learningRate: 0.01, momentum: 0.9 }),
 * });
 * ```
 */
export class RMSprop extends Optimizer {
  private readonly alpha: number;
  private readonly epsilon: number;
  private readonly momentum: number;
  private readonly centered: boolean;

  /**
   * @param parameters a tape's
   * @throws {TypeError | RangeError} if an option has the wrong kind or value, or memory cannot hold the moments
   */
  constructor(parameters: Parameters, options: RMSpropOptions = {}) {
    assertOptimizer(parameters, options, ['alpha', 'epsilon', 'momentum', 'centered'], 'RMSprop');
    const {
      learningRate = 0.01,
      weightDecay = 0,
      alpha = 0.99,
      epsilon = 1e-8,
      momentum = 0,
      centered = false,
      groups,
    } = options;
    assertFinite(weightDecay, 'RMSprop: weightDecay', 0);
    assertFinite(alpha, 'RMSprop: alpha', 0);
    assertFinite(epsilon, 'RMSprop: epsilon', 0);
    assertFinite(momentum, 'RMSprop: momentum', 0);
    assertBoolean(centered, 'RMSprop: centered');
    const moments = ['square', ...(momentum ? ['momentum'] : []), ...(centered ? ['mean'] : [])];
    super(parameters, learningRate, 'RMSprop', moments, weightDecay, groups);
    this.alpha = alpha;
    this.epsilon = epsilon;
    this.momentum = momentum;
    this.centered = centered;
  }

  /** @internal */
  override get settings() {
    const { weightDecay, alpha, epsilon, momentum, centered } = this;
    return { weightDecay, alpha, epsilon, momentum, centered, ...this.groupSettings };
  }

  /** @internal */
  protected override update({ offset, size, learningRate, weightDecay }: Run): void {
    const { alpha, epsilon, momentum, centered } = this;
    const { f32 } = this.parameters.engine;
    const at = (address: number) => (address + offset) / 4;
    const [w, g, square] = [at(this.parameters.values), at(this.parameters.gradients), at(this.moment(0))];
    const [direction, mean] = [at(this.moment(1)), at(this.moment(momentum ? 2 : 1))];
    for (let i = 0; i < size; i++) {
      const gradient = f32[g + i] + weightDecay * f32[w + i];
      f32[square + i] = alpha * f32[square + i] + (1 - alpha) * gradient * gradient;
      let variance = f32[square + i];
      if (centered) {
        f32[mean + i] = alpha * f32[mean + i] + (1 - alpha) * gradient;
        variance -= f32[mean + i] ** 2;
      }
      let step = gradient / (Math.sqrt(Math.max(variance, 0)) + epsilon);
      if (momentum) {
        f32[direction + i] = momentum * f32[direction + i] + step;
        step = f32[direction + i];
      }
      f32[w + i] -= learningRate * step;
    }
  }
}
