import { assertOptions } from '../../options.js';
import { assertFinite } from '../assert-finite.js';
import { elementwise } from './elementwise.js';
import type { Loss, LossOptions } from './loss.js';

/** Options of `huber`. */
export interface HuberOptions extends LossOptions {
  /** Where the parabola becomes a line. Above 0; default 1. */
  delta?: number;
}

/** Options of `smoothL1`. */
export interface SmoothL1Options extends LossOptions {
  /** Where the parabola becomes a line; 0 is `mae`. Default 1. */
  beta?: number;
}

/**
 * Squared error, as torch.nn.functional.mse_loss: d² with d = output − target. Output and target […, F]; the mean is over
 * the elements of the rows that count.
 *
 * @example
 * ```ts
 * import { mse } from 'hiddenstate/train';
 *
 * const output = { data: Float32Array.of(1, 2), dims: [2, 1] };
 * const { value, gradient } = mse()(output, { data: Float32Array.of(1, 4), dims: [2, 1] });
 * console.log(value, gradient.data.join(' ')); // 2 0 -2
 * ```
 */
export function mse(options: LossOptions = {}): Loss {
  return pointwise(
    'mse',
    options,
    (d) => d * d,
    (d) => 2 * d,
  );
}

/**
 * Absolute error, as torch.nn.functional.l1_loss: |d|, with gradient 0 at d = 0. Otherwise as `mse`.
 *
 * @example
 * ```ts
 * import { mae } from 'hiddenstate/train';
 *
 * const output = { data: Float32Array.of(1, 2), dims: [2, 1] };
 * console.log(mae()(output, { data: Float32Array.of(1, 4), dims: [2, 1] }).value); // 1
 * ```
 */
export function mae(options: LossOptions = {}): Loss {
  return pointwise('mae', options, Math.abs, Math.sign);
}

/**
 * Huber's loss, as torch.nn.functional.huber_loss: d²/2 up to |d| = δ, δ·(|d| − δ/2) beyond. Otherwise as `mse`.
 *
 * @throws {TypeError | RangeError} if delta is not a number above 0
 *
 * @example
 * ```ts
 * import { huber } from 'hiddenstate/train';
 *
 * const output = { data: Float32Array.of(1, 2), dims: [2, 1] };
 * const loss = huber({ delta: 1 });
 * console.log(loss(output, { data: Float32Array.of(1, 4), dims: [2, 1] }).value); // 0.75
 * ```
 */
export function huber(options: HuberOptions = {}): Loss {
  const { delta = 1 } = options;
  assertFinite(delta, 'huber: delta', Number.MIN_VALUE);
  return pointwise(
    'huber',
    options,
    (d) => (Math.abs(d) <= delta ? (d * d) / 2 : delta * (Math.abs(d) - delta / 2)),
    (d) => (Math.abs(d) <= delta ? d : delta * Math.sign(d)),
    'delta',
  );
}

/**
 * Huber's loss divided by β, as torch.nn.functional.smooth_l1_loss: d²/(2β) up to |d| = β, |d| − β/2 beyond. Otherwise as
 * `mse`.
 *
 * @throws {TypeError | RangeError} if beta is not a number of at least 0
 *
 * @example
 * ```ts
 * import { smoothL1 } from 'hiddenstate/train';
 *
 * const output = { data: Float32Array.of(1, 2), dims: [2, 1] };
 * const loss = smoothL1({ beta: 0.5 });
 * console.log(loss(output, { data: Float32Array.of(1, 4), dims: [2, 1] }).value); // 0.875
 * ```
 */
export function smoothL1(options: SmoothL1Options = {}): Loss {
  const { beta = 1 } = options;
  assertFinite(beta, 'smoothL1: beta', 0);
  return pointwise(
    'smoothL1',
    options,
    (d) => (Math.abs(d) < beta ? (d * d) / (2 * beta) : Math.abs(d) - beta / 2),
    (d) => (Math.abs(d) < beta ? d / beta : Math.sign(d)),
    'beta',
  );
}

/** A loss of each element's difference alone. */
function pointwise(who: string, options: LossOptions, value: Curve, slope: Curve, ...own: string[]): Loss {
  assertOptions(options, ['reduction', ...own], who);
  return elementwise(who, options, {
    value: (x, y) => value(x - y),
    slope: (x, y) => slope(x - y),
  });
}

type Curve = (difference: number) => number;
