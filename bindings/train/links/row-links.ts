import type { Dropout, LayerNorm, Scaler } from '../../layers/regular.js';
import { trainKernels } from '../kernels.js';
import type { Block, MemoryPlan } from '../memory-plan.js';
import type { Parameters } from '../parameters.js';
import type { Limits, Link, Pass, Rows } from './link.js';

/** Rows as wide as those they come from, with gradients of their own. */
function rowsLike({ width, stride }: Rows, plan: MemoryPlan, { rows }: Limits): Rows {
  return { values: plan.reserve(rows * stride), gradients: plan.reserve(rows * stride), width, stride };
}

/** A Dropout on a tape. */
export class DropoutLink implements Link {
  readonly output: Rows;

  /** @param level sets its part of the seeds apart from those of other links */
  constructor(
    private readonly module: Dropout,
    private readonly input: Rows,
    plan: MemoryPlan,
    limits: Limits,
    private readonly level: number,
  ) {
    this.output = rowsLike(input, plan, limits);
  }

  forward(pass: Pass): void {
    this.pass(pass, this.output.values, this.input.values);
  }

  backward(pass: Pass): void {
    if (this.input.gradients) this.pass(pass, this.input.gradients, this.output.gradients as Block);
  }

  private pass({ layout, seed }: Pass, to: Block, from: Block): void {
    const { module, output, level } = this;
    const { engine, p } = module;
    const size = layout.rows * output.stride;
    if (seed === undefined || p === 0) {
      engine.f32.copyWithin(to.address / 4, from.address / 4, from.address / 4 + size);
      return;
    }
    const own = (seed + Math.imul(level, 0x9e3779b9) + 0x5bd1e995) | 0;
    trainKernels(engine).dropout(to.address, from.address, size, own, (p * 2 ** 32) | 0, 1 / (1 - p));
  }
}

/** A LayerNorm on a tape. */
export class LayerNormLink implements Link {
  readonly output: Rows;
  /** Mean and 1/√(variance + ε) of each row. */
  private readonly moments: Float64Array;

  /** @param first place of its weight among the parameters; the bias follows */
  constructor(
    private readonly module: LayerNorm,
    private readonly input: Rows,
    plan: MemoryPlan,
    private readonly parameters: Parameters,
    private readonly first: number,
    limits: Limits,
  ) {
    this.output = rowsLike(input, plan, limits);
    this.moments = new Float64Array(2 * limits.rows);
  }

  forward({ layout: { rows } }: Pass): void {
    const { module, input, output, moments } = this;
    const { f32 } = module.engine;
    const [x, y] = [input.values.address / 4, output.values.address / 4];
    for (let r = 0; r < rows; r++) {
      const [mean, scale] = module.normRow(f32, x + r * input.stride, y + r * output.stride, output.stride);
      moments[2 * r] = mean;
      moments[2 * r + 1] = scale;
    }
  }

  backward({ layout: { rows } }: Pass): void {
    const { module, input, output, moments, parameters, first } = this;
    const { f32 } = module.engine;
    const { width, stride } = input;
    const [x, d] = [input.values.address / 4, (output.gradients as Block).address / 4];
    const [weight, dWeight, dBias] = [
      parameters.valueAt(first) / 4,
      parameters.gradientAt(first) / 4,
      parameters.gradientAt(first + 1) / 4,
    ];
    for (let r = 0; r < rows; r++) {
      const [mean, scale] = [moments[2 * r], moments[2 * r + 1]];
      const [from, dy] = [x + r * stride, d + r * stride];
      let [sum, product] = [0, 0];
      for (let i = 0; i < width; i++) {
        const normed = (f32[from + i] - mean) * scale;
        const g = f32[dy + i];
        f32[dWeight + i] += g * normed;
        f32[dBias + i] += g;
        sum += g * f32[weight + i];
        product += g * f32[weight + i] * normed;
      }
      if (!input.gradients) continue;
      const to = input.gradients.address / 4 + r * stride;
      for (let i = 0; i < width; i++) {
        const normed = (f32[from + i] - mean) * scale;
        f32[to + i] = scale * (f32[dy + i] * f32[weight + i] - (sum + normed * product) / width);
      }
      f32.fill(0, to + width, to + stride);
    }
  }
}

/** A Scaler on a tape: its numbers stay as they are. */
export class ScalerLink implements Link {
  readonly output: Rows;

  constructor(
    private readonly module: Scaler,
    private readonly input: Rows,
    plan: MemoryPlan,
    limits: Limits,
  ) {
    this.output = rowsLike(input, plan, limits);
  }

  forward({ layout: { rows } }: Pass): void {
    const { module, input, output } = this;
    // One row at a time: rows of a tape are wider apart than those of a stream.
    for (let r = 0; r < rows; r++) {
      const [x, y] = [input.values, output.values].map(({ address }) => address + r * input.stride * 4);
      module.mapRows(x, y, 1, input.width);
    }
  }

  backward({ layout: { rows } }: Pass): void {
    const { module, input, output } = this;
    if (!input.gradients) return;
    const { f32 } = module.engine;
    const [to, from] = [input.gradients.address / 4, (output.gradients as Block).address / 4];
    for (let r = 0; r < rows; r++) {
      const at = r * input.stride;
      for (let i = 0; i < input.width; i++) f32[to + at + i] = f32[from + at + i] * module.factor(i);
      f32.fill(0, to + at + input.width, to + at + input.stride);
    }
  }
}
