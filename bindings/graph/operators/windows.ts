import { rangeError } from '../../errors.js';
import { describeValue, formatDims } from '../../tensor.js';
import type { Site } from '../operator.js';

/** A window that moves along one axis. */
export interface Window {
  /** The axis' own extent. */
  readonly extent: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Elements added before and after. */
  readonly before: number;
  readonly after: number;
  /** How many places the window has. */
  readonly count: number;
}

/** A window that sees one element at the one place that it has. */
export const ONE_PLACE: Window = { extent: 1, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, count: 1 };

/**
 * The windows of a convolution or pooling over [N, C, …], one for each axis after the first two.
 *
 * @param dims of what the windows move over
 * @param kernelShape of all axes after the first two
 * @param ceils whether a window counts that ends beyond the padding (`ceil_mode`)
 * @throws {RangeError} if an attribute does not fit
 */
export function windowsOf(
  site: Site,
  dims: readonly number[],
  kernelShape: readonly number[],
  ceils = false,
): readonly Window[] {
  assertKernel(site, dims, kernelShape);
  return kernelShape.map((kernel, d) => axisWindow(site, dims[d + 2], kernel, d, kernelShape.length, ceils));
}

/** @throws {RangeError} if a kernel does not have an extent of at least 1 for every axis after the first two */
export function assertKernel(site: Site, dims: readonly number[], kernelShape: readonly number[]): void {
  const given = site.attributes.ints('kernel_shape') ?? kernelShape;
  const fits = dims.length > 2 && dims.length === kernelShape.length + 2 && areAtLeast(1, kernelShape);
  if (fits && given.join() === kernelShape.join()) return;
  const got = `dims ${formatDims(dims)} and kernel ${formatDims(fits ? given : kernelShape)}`;
  throw rangeError(`${site.who}: got ${got}, expected [N, C, …] and a kernel of one size for each axis of …`);
}

/** Whether all numbers are so large; NaN is not. */
function areAtLeast(least: number, values: readonly number[]): boolean {
  for (const value of values) if (!(value >= least)) return false;
  return true;
}

function axisWindow(site: Site, extent: number, kernel: number, d: number, rank: number, ceils: boolean): Window {
  const stride = listed(site, 'strides', rank)[d];
  const dilation = listed(site, 'dilations', rank)[d];
  const span = (kernel - 1) * dilation + 1;
  const mode = autoPad(site);
  if (mode.startsWith('SAME')) {
    const count = Math.ceil(extent / stride);
    const total = Math.max(0, (count - 1) * stride + span - extent);
    const before = mode === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
    return { extent, kernel, stride, dilation, before, after: total - before, count };
  }
  const [before, after] = padsAround(site, d, rank);
  const room = extent + before + after - span;
  if (room < 0) {
    throw rangeError(
      `${site.who}: got ${extent} elements with ${before + after} of padding, expected at least ${span}`,
    );
  }
  let count = Math.floor(room / stride) + 1;
  // Another one ends beyond the padding, but does not begin in that after the elements.
  if (ceils && room % stride !== 0 && count * stride < extent + before) count++;
  return { extent, kernel, stride, dilation, before, after, count };
}

/** @throws {RangeError} if `auto_pad` is none of ONNX's */
export function autoPad(site: Site): string {
  const mode = site.attributes.string('auto_pad', 'NOTSET');
  if (/^(NOTSET|VALID|SAME_(UPPER|LOWER))$/.test(mode)) return mode;
  const expected = 'NOTSET, VALID, SAME_UPPER or SAME_LOWER';
  throw rangeError(`${site.who}: got auto_pad ${describeValue(mode)}, expected ${expected}`);
}

/** The padding before and after axis `d` that the node lists; none where `auto_pad` is VALID. */
export function padsAround(site: Site, d: number, rank: number): readonly [number, number] {
  const pads = autoPad(site) === 'VALID' ? undefined : site.attributes.ints('pads');
  if (!pads) return [0, 0];
  if (pads.length === 2 * rank && areAtLeast(0, pads)) return [pads[d], pads[rank + d]];
  throw rangeError(`${site.who}: got pads ${formatDims(pads)}, expected ${2 * rank} of at least 0`);
}

/**
 * A number for each axis: `strides`, `dilations`.
 *
 * @throws {RangeError} if there is not one for each, or one is less than `least`
 */
export function listed(site: Site, name: string, rank: number, least = 1): readonly number[] {
  const given = site.attributes.ints(name) ?? new Array<number>(rank).fill(least);
  if (given.length === rank && areAtLeast(least, given)) return given;
  throw rangeError(`${site.who}: got ${name} ${formatDims(given)}, expected ${rank} of at least ${least}`);
}
