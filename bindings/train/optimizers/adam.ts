import { typeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import { assertFinite, assertFraction } from '../assert-finite.js';
import type { Parameters } from '../parameters.js';
import { assertOptimizer, Optimizer, type OptimizerOptions, type Run } from './optimizer.js';

/** Options of `Adam` and `AdamW`, as of torch.optim. */
export interface AdamOptions extends OptimizerOptions {
  /** Share of the mean and of the variance that is kept at each step. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** ε, added to the root of the variance. Default 1e-8. */
  epsilon?: number;
}

/** What Adam and AdamW have in common, which is everything but where the decay goes. */
abstract class Moments extends Optimizer {
  private readonly betas: readonly [number, number];
  private readonly epsilon: number;

  /** @internal */
  constructor(
    parameters: Parameters,
    options: AdamOptions,
    type: string,
    decay: number,
    private readonly decoupled: boolean,
  ) {
    assertOptimizer(parameters, options, ['betas', 'epsilon'], type);
    const { learningRate = 0.001, weightDecay = decay, betas = [0.9, 0.999], epsilon = 1e-8, groups } = options;
    assertFinite(weightDecay, `${type}: weightDecay`, 0);
    assertFinite(epsilon, `${type}: epsilon`, 0);
    if (!Array.isArray(betas) || betas.length !== 2) {
      throw typeError(`${type}: betas: got ${describeValue(betas)}, expected two numbers`);
    }
    for (const beta of betas) assertFraction(beta, `${type}: betas`);
    super(parameters, learningRate, type, ['mean', 'variance'], weightDecay, groups);
    this.betas = [betas[0], betas[1]];
    this.epsilon = epsilon;
  }

  /** @internal */
  override get settings() {
    const { weightDecay, betas, epsilon } = this;
    return { weightDecay, betas, epsilon, ...this.groupSettings };
  }

  /** @internal */
  protected override update({ offset, size, learningRate, weightDecay }: Run): void {
    const { values, gradients } = this.parameters;
    const { decoupled, steps } = this;
    const [beta1, beta2] = this.betas;
    this.kernels.adamStep(
      values + offset,
      this.moment(0) + offset,
      this.moment(1) + offset,
      gradients + offset,
      size,
      decoupled ? 1 - learningRate * weightDecay : 1,
      decoupled ? 0 : weightDecay,
      1 - beta1,
      beta2,
      1 - beta2,
      learningRate / (1 - beta1 ** steps),
      1 / Math.sqrt(1 - beta2 ** steps),
      this.epsilon,
    );
  }
}

/**
 * Adam (Kingma & Ba 2015), as torch.optim.Adam: weight decay joins the gradient.
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { Adam, fit, mse, windows } from 'hiddenstate/train';
 *
 * const model = new GRU({ inputSize: 1, hiddenSize: 1, seed: 1 });
 * const series = { data: Float32Array.from({ length: 200 }, (_, t) => Math.sin(t / 8)), dims: [200, 1] };
 * await fit(model, windows(series, { steps: 20, batch: 4 }), {
 *   loss: mse(),
 *   epochs: 2,
 *   optimizer: (parameters) => new Adam(parameters, { learningRate: 0.01, betas: [0.9, 0.99] }),
 * });
 * ```
 */
export class Adam extends Moments {
  /**
   * @param parameters a tape's
   * @throws {TypeError | RangeError} if an option has the wrong kind or value, or memory cannot hold the moments
   */
  constructor(parameters: Parameters, options: AdamOptions = {}) {
    super(parameters, options, 'Adam', 0, false);
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019), as torch.optim.AdamW.
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { AdamW, fit, mse, windows } from 'hiddenstate/train';
 *
 * const model = new GRU({ inputSize: 1, hiddenSize: 1, seed: 1 });
 * const series = { data: Float32Array.from({ length: 200 }, (_, t) => Math.sin(t / 8)), dims: [200, 1] };
 * await fit(model, windows(series, { steps: 20, batch: 4 }), {
 *   loss: mse(),
 *   epochs: 2,
 *   optimizer: (parameters) => new AdamW(parameters, { learningRate: 0.01, weightDecay: 0.1 }),
 * });
 * ```
 */
export class AdamW extends Moments {
  /**
   * @param parameters a tape's
   * @throws {TypeError | RangeError} if an option has the wrong kind or value, or memory cannot hold the moments
   */
  constructor(parameters: Parameters, options: AdamOptions = {}) {
    super(parameters, options, 'AdamW', 0.01, true);
  }
}
