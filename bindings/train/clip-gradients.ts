import { assertFinite } from './assert-finite.js';
import { trainKernels } from './kernels.js';
import type { Parameters } from './parameters.js';

/** Parameters of one tape, or of several that are trained together. */
export type ParameterSets = Parameters | readonly Parameters[];

const listOf = (sets: ParameterSets) => (Array.isArray(sets) ? sets : [sets]) as readonly Parameters[];

/**
 * The Euclidean norm of all gradients together, those of frozen weights left out.
 *
 * @param parameters a tape's, or those of several
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { gradientNorm, mse, Tape } from 'hiddenstate/train';
 *
 * const tape = new Tape(new GRU({ inputSize: 1, hiddenSize: 4, seed: 1 }), { steps: 5 });
 * const { output } = tape.forward({ data: Float32Array.of(1, 2, 3, 4, 5), dims: [5, 1] });
 * const target = { data: new Float32Array(20), dims: [5, 4] };
 * tape.backward(mse()(output, target).gradient);
 * console.log(gradientNorm(tape.parameters).toFixed(3)); // 0.292
 * ```
 */
export function gradientNorm(parameters: ParameterSets): number {
  const norms = listOf(parameters).map((each) => {
    each.assertAlive('gradients');
    each.clearFrozen();
    return normAt(each, each.gradients);
  });
  return norms.length === 1 ? norms[0] : Math.hypot(...norms);
}

/**
 * The Euclidean norm of all weights together; infinite or NaN if one of them is.
 *
 * @param parameters a tape's
 */
export function weightNorm(parameters: Parameters): number {
  parameters.assertAlive('values');
  return normAt(parameters, parameters.values);
}

function normAt({ engine, scratch, size }: Parameters, address: number): number {
  trainKernels(engine).sumOfSquares(scratch, address, size);
  return Math.sqrt(new Float64Array(engine.memory.buffer, scratch, 1)[0]);
}

/**
 * Scales all gradients together so that their Euclidean norm is at most `maxNorm` (Pascanu, Mikolov & Bengio 2013), as
 * torch.nn.utils.clip_grad_norm_.
 *
 * @param parameters a tape's, or those of several: one norm over all
 * @returns the norm before
 * @throws {TypeError | RangeError} if `maxNorm` is not a finite number of at least 0
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { clipGradientNorm, gradientNorm, Tape } from 'hiddenstate/train';
 *
 * const tape = new Tape(new GRU({ inputSize: 1, hiddenSize: 4, seed: 1 }), { steps: 5 });
 * const { output } = tape.forward({ data: Float32Array.of(1, 2, 3, 4, 5), dims: [5, 1] });
 * tape.backward({ data: new Float32Array(20).fill(100), dims: output.dims });
 * clipGradientNorm(tape.parameters, 1);
 * console.log(gradientNorm(tape.parameters).toFixed(3)); // 1.000
 * ```
 */
export function clipGradientNorm(parameters: ParameterSets, maxNorm: number): number {
  assertFinite(maxNorm, 'clipGradientNorm: maxNorm', 0);
  const norm = gradientNorm(parameters);
  // A NaN fails the comparison, and PyTorch scales by it: it must not look clipped.
  const factor = maxNorm / (norm + 1e-6);
  if (!(factor >= 1)) {
    for (const { engine, gradients, size } of listOf(parameters)) trainKernels(engine).scale(gradients, size, factor);
  }
  return norm;
}

/**
 * Restricts every element of every gradient to ±limit, as torch.nn.utils.clip_grad_value_.
 *
 * @param parameters a tape's
 * @throws {TypeError | RangeError} if `limit` is not a finite number of at least 0
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { clipGradientValue, Tape } from 'hiddenstate/train';
 *
 * const tape = new Tape(new GRU({ inputSize: 1, hiddenSize: 4, seed: 1 }), { steps: 5 });
 * const { output } = tape.forward({ data: Float32Array.of(1, 2, 3, 4, 5), dims: [5, 1] });
 * tape.backward({ data: new Float32Array(20).fill(100), dims: output.dims });
 * clipGradientValue(tape.parameters, 0.5);
 * const gradients = [...tape.parameters].flatMap(({ gradient }) => [...gradient]);
 * console.log(Math.max(...gradients.map(Math.abs))); // 0.5
 * ```
 */
export function clipGradientValue(parameters: Parameters, limit: number): void {
  assertFinite(limit, 'clipGradientValue: limit', 0);
  parameters.assertAlive('gradients');
  trainKernels(parameters.engine).clamp(parameters.gradients, parameters.size, limit);
}
