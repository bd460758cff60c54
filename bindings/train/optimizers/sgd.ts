import { rangeError } from '../../errors.js';
import { assertBoolean } from '../../options.js';
import { assertFinite } from '../assert-finite.js';
import type { Parameters } from '../parameters.js';
import { assertOptimizer, Optimizer, type OptimizerOptions, type Run } from './optimizer.js';

/** Options of `SGD`, as of torch.optim.SGD. */
export interface SGDOptions extends OptimizerOptions {
  /** Share of the last direction that is kept. Default 0. */
  momentum?: number;
  /** Share of the gradient that the momentum leaves out. Default 0. */
  dampening?: number;
  /** Whether the gradient is taken where the momentum leads (Nesterov). Default false. */
  nesterov?: boolean;
}

/**
 * Stochastic gradient descent, with momentum if wanted, as torch.optim.SGD.
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { fit, mse, SGD, windows } from 'hiddenstate/train';
 *
 * const model = new GRU({ inputSize: 1, hiddenSize: 1, seed: 1 });
 * const series = { data: Float32Array.from({ length: 200 }, (_, t) => Math.sin(t / 8)), dims: [200, 1] };
 * await fit(model, windows(series, { steps: 20, batch: 4 }), {
 *   loss: mse(),
 *   epochs: 2,
 *   optimizer: (parameters) => new SGD(parameters, { learningRate: 0.1, momentum: 0.9, nesterov: true }),
 * });
 * ```
 */
export class SGD extends Optimizer {
  private readonly momentum: number;
  private readonly dampening: number;
  private readonly nesterov: boolean;

  /**
   * @param parameters a tape's
   * @throws {TypeError | RangeError} if an option has the wrong kind or value, or memory cannot hold the momentum
   */
  constructor(parameters: Parameters, options: SGDOptions = {}) {
    assertOptimizer(parameters, options, ['momentum', 'dampening', 'nesterov'], 'SGD');
    const { learningRate = 0.01, weightDecay = 0, momentum = 0, dampening = 0, nesterov = false, groups } = options;
    assertFinite(weightDecay, 'SGD: weightDecay', 0);
    assertFinite(momentum, 'SGD: momentum', 0);
    assertFinite(dampening, 'SGD: dampening', 0);
    assertBoolean(nesterov, 'SGD: nesterov');
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw rangeError(
        `SGD: nesterov: got momentum ${momentum} and dampening ${dampening}, expected momentum above 0 and no dampening`,
      );
    }
    super(parameters, learningRate, 'SGD', momentum ? ['momentum'] : [], weightDecay, groups);
    this.momentum = momentum;
    this.dampening = dampening;
    this.nesterov = nesterov;
  }

  /** @internal */
  override get settings() {
    const { weightDecay, momentum, dampening, nesterov } = this;
    return { weightDecay, momentum, dampening, nesterov, ...this.groupSettings };
  }

  /** @internal */
  protected override update({ offset, size, learningRate, weightDecay }: Run): void {
    const { values, gradients } = this.parameters;
    // The first step has no direction to keep: it takes over the whole gradient, dampening or not.
    const share = this.steps === 1 ? 1 : 1 - this.dampening;
    this.kernels.sgdStep(
      values + offset,
      this.momentum === 0 ? 0 : this.moment(0) + offset,
      gradients + offset,
      size,
      this.nesterov ? 1 : 0,
      learningRate,
      weightDecay,
      this.momentum,
      share,
    );
  }
}
