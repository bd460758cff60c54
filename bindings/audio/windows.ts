import { assertOptions, assertSize, refuse } from '../options.js';
import { besselI0 } from './bessel.js';
import { assertBetween } from './checks.js';

const NAMES = ['hann', 'hamming', 'blackman', 'bartlett', 'kaiser', 'rectangular'] as const;

/** Windows by name, as PyTorch defines them: `torch.hann_window` and so on; `rectangular` is all ones. */
export type WindowName = (typeof NAMES)[number];

/** Options of `makeWindow`. */
export interface WindowOptions {
  /** Whether the window is one period, for spectra, and not symmetric, for filters. Default true. */
  periodic?: boolean;
  /** Shape of a Kaiser window, from 0 to 700. Default 12. */
  beta?: number;
}

/**
 * A window, as `torch.hann_window`, `hamming_window`, `blackman_window`, `bartlett_window` and `kaiser_window` give it.
 *
 * @param size samples, at least 1
 * @throws {TypeError} if an argument is of the wrong kind
 * @throws {RangeError} if the name is not known, or a number is out of range
 *
 * @example
 * ```ts
 * import { makeWindow } from 'hiddenstate/audio';
 *
 * const root = makeWindow('hann', 512).map(Math.sqrt);
 * console.log(root[256]); // 1
 * ```
 */
export function makeWindow(name: WindowName, size: number, options: WindowOptions = {}): Float32Array {
  const who = 'makeWindow';
  if (!NAMES.includes(name)) refuse(name, 'string', `${who}: name`, NAMES.join(', '));
  assertSize(size, `${who}: size`, 1, 2 ** 24);
  assertOptions(options, ['periodic', 'beta'], who);
  const { periodic = true, beta = 12 } = options;
  assertBetween(beta, 0, 700, `${who}: beta`);
  // From 0 to 1, which a periodic window does not reach.
  const last = periodic ? size : size - 1;
  const shape = shapeOf(name, beta);
  return Float32Array.from({ length: size }, (_, n) => (size === 1 ? 1 : shape(n / last)));
}

function shapeOf(name: WindowName, beta: number): (t: number) => number {
  const cos = (t: number) => Math.cos(2 * Math.PI * t);
  switch (name) {
    case 'hann':
      return (t) => 0.5 - 0.5 * cos(t);
    case 'hamming':
      return (t) => 0.54 - 0.46 * cos(t);
    case 'blackman':
      return (t) => 0.42 - 0.5 * cos(t) + 0.08 * cos(2 * t);
    case 'bartlett':
      return (t) => 1 - Math.abs(2 * t - 1);
    case 'kaiser':
      return (t) => besselI0(beta * Math.sqrt(Math.max(0, 1 - (2 * t - 1) ** 2))) / besselI0(beta);
    case 'rectangular':
      return () => 1;
  }
}
