import type { Engine } from '../../engine/engine.js';
import { softmaxRow } from '../../layers/softmax.js';
import { trainKernels } from '../kernels.js';
import type { Block, MemoryPlan } from '../memory-plan.js';
import type { Limits, Link, Pass, Rows } from './link.js';

/** The functions of a row that can be on a tape, by the names of their modules. */
export const ACTIVATIONS = ['Tanh', 'Sigmoid', 'ReLU', 'Softmax', 'LogSoftmax'] as const;

/** One of `ACTIVATIONS`. */
export type ActivationType = (typeof ACTIVATIONS)[number];

/** A function of each row, without weights. Its gradient is taken in place, so it shares its input's gradients. */
export class ActivationLink implements Link {
  readonly output: Rows;

  constructor(
    private readonly engine: Engine,
    private readonly type: ActivationType,
    private readonly input: Rows,
    plan: MemoryPlan,
    { rows }: Limits,
  ) {
    const { gradients, width, stride } = input;
    this.output = {
      values: plan.reserve(rows * stride),
      gradients: gradients ?? plan.reserve(rows * stride),
      width,
      stride,
    };
  }

  forward({ layout: { rows } }: Pass): void {
    const { engine, input, output, type } = this;
    const { width, stride } = output;
    const size = rows * stride;
    const [x, y] = [input.values.address, output.values.address];
    const { kernels } = engine;
    if (type === 'Tanh') kernels.tanhMap(y, x, size);
    else if (type === 'ReLU') kernels.reluMap(y, x, size);
    else if (type === 'Sigmoid') {
      kernels.sigmoidMap(y, x, size);
      for (let row = 0; row < rows; row++) engine.f32.fill(0, y / 4 + row * stride + width, y / 4 + (row + 1) * stride);
    } else {
      for (let at = 0; at < size; at += stride) {
        softmaxRow(engine.f32, x / 4 + at, width, engine.f32, y / 4 + at, type === 'LogSoftmax');
      }
    }
  }

  backward({ layout: { rows } }: Pass): void {
    const { engine, output, type } = this;
    const size = rows * output.stride;
    const [d, y] = [(output.gradients as Block).address, output.values.address];
    const kernels = trainKernels(engine);
    if (type === 'Tanh') kernels.tanhSlope(d, y, size);
    else if (type === 'ReLU') kernels.reluSlope(d, y, size);
    else if (type === 'Sigmoid') kernels.sigmoidSlope(d, y, size);
    else {
      for (let at = 0; at < size; at += output.stride) {
        const slope = type === 'Softmax' ? softmaxSlope : logSoftmaxSlope;
        slope(engine.f32, d / 4 + at, y / 4 + at, output.width);
      }
    }
  }
}

/** δx = y ∘ (δ − Σ δ ∘ y). */
function softmaxSlope(f32: Float32Array, d: number, y: number, width: number): void {
  let sum = 0;
  for (let i = 0; i < width; i++) sum += f32[d + i] * f32[y + i];
  for (let i = 0; i < width; i++) f32[d + i] = f32[y + i] * (f32[d + i] - sum);
}

/** δx = δ − e^y · Σ δ. */
function logSoftmaxSlope(f32: Float32Array, d: number, y: number, width: number): void {
  let sum = 0;
  for (let i = 0; i < width; i++) sum += f32[d + i];
  for (let i = 0; i < width; i++) f32[d + i] -= Math.exp(f32[y + i]) * sum;
}
