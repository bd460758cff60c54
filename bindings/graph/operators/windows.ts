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

/**
 * The window of a convolution or pooling over [N, C, …]. One axis may be more than a formality: the others must have extent
 * and kernel 1, as where exporters write a one-dimensional layer with two axes.
 *
 * @param kernelShape of all axes after the first two
 * @param ceils whether a window counts that ends beyond the padding (`ceil_mode`)
 * @returns the window, and the output's extents of all axes after the first two
 * @throws {RangeError} if two axes have windows, or an attribute does not fit
 */
export function windowOf(
  site: Site,
  kernelShape: readonly number[],
  ceils = false,
): { window: Window; extents: number[] } {
  const spatial = site.input(0).dims.slice(2);
  if (spatial.length === 0 || spatial.length !== kernelShape.length || !areAtLeast(1, kernelShape)) {
    const got = `dims ${formatDims(site.input(0).dims)} and kernel ${formatDims(kernelShape)}`;
    throw rangeError(`${site.who}: got ${got}, expected [N, C, L] and a kernel of one size`);
  }
  const extents: number[] = [];
  let window: Window | undefined;
  let wide = 0;
  for (let d = 0; d < spatial.length; d++) {
    const along = axisWindow(site, spatial[d], kernelShape[d], d, spatial.length, ceils);
    const isWide = along.extent !== 1 || along.kernel !== 1 || along.count !== 1;
    if (isWide) wide++;
    if (isWide || !window) window = along;
    extents.push(along.count);
  }
  if (wide > 1) {
    throw rangeError(`${site.who}: got windows along ${wide} axes, expected one (there is no convolution of images)`);
  }
  return { window: window as Window, extents };
}

function areAtLeast(least: number, values: readonly number[]): boolean {
  for (const value of values) if (!(value >= least)) return false;
  return true;
}

function axisWindow(site: Site, extent: number, kernel: number, d: number, rank: number, ceils: boolean): Window {
  const stride = listed(site, 'strides', rank)[d];
  const dilation = listed(site, 'dilations', rank)[d];
  const span = (kernel - 1) * dilation + 1;
  const mode = site.attributes.string('auto_pad', 'NOTSET');
  if (mode === 'SAME_UPPER' || mode === 'SAME_LOWER') {
    const count = Math.ceil(extent / stride);
    const total = Math.max(0, (count - 1) * stride + span - extent);
    const before = mode === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
    return { extent, kernel, stride, dilation, before, after: total - before, count };
  }
  if (mode !== 'NOTSET' && mode !== 'VALID') {
    throw rangeError(
      `${site.who}: got auto_pad ${describeValue(mode)}, expected NOTSET, VALID, SAME_UPPER or SAME_LOWER`,
    );
  }
  const pads = mode === 'VALID' ? undefined : site.attributes.ints('pads');
  if (pads && (pads.length !== 2 * rank || !areAtLeast(0, pads))) {
    throw rangeError(`${site.who}: got pads ${formatDims(pads)}, expected ${2 * rank} of at least 0`);
  }
  const [before, after] = pads ? [pads[d], pads[rank + d]] : [0, 0];
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

function listed(site: Site, name: string, rank: number): readonly number[] {
  const given = site.attributes.ints(name) ?? new Array<number>(rank).fill(1);
  if (given.length === rank && areAtLeast(1, given)) return given;
  throw rangeError(`${site.who}: got ${name} ${formatDims(given)}, expected ${rank} of at least 1`);
}
