import { rangeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import type { Known, Site } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { type Window, windowsOf } from './windows.js';

/** A convolution: x [N, C, …], w [M, C / groups, …], out [N, M, …]. */
export interface Convolution {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly groups: number;
  /** Of all axes after the first two. */
  readonly windows: readonly Window[];
  /** The output's. */
  readonly dims: readonly number[];
}

/**
 * The convolution that a node describes, whatever the types of its numbers.
 *
 * @throws {RangeError} if dims and attributes do not fit together, or the output is too large
 */
export function convolutionOf(site: Site, x: Known, w: Known, bias: Known | undefined): Convolution {
  const groups = site.attributes.int('group', 1);
  const [batch, channels] = x.dims;
  const [filters, groupChannels, ...kernelShape] = w.dims;
  const windows = windowsOf(site, x.dims, kernelShape);
  if (!(groups >= 1) || !channels || groupChannels * groups !== channels || filters % groups !== 0) {
    const got = `dims ${formatDims(x.dims)} and ${formatDims(w.dims)} in ${groups} groups`;
    throw rangeError(`${site.who}: got ${got}, expected channels and filters that the groups divide`);
  }
  assertBias(site, bias, filters);
  const dims = [batch, filters, ...windows.map(({ count }) => count)];
  tensorBytes(x.dtype, dims, site);
  return { batch, channels, filters, groups, windows, dims };
}

/** @throws {RangeError} if there is a bias that has not one element for each filter */
export function assertBias(site: Site, bias: Known | undefined, filters: number): void {
  if (bias && bias.dims.join() !== `${filters}`) {
    throw rangeError(`${site.who}: bias: got dims ${formatDims(bias.dims)}, expected [${filters}]`);
  }
}
