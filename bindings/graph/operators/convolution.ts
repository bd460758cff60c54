import { typeError } from '../../errors.js';
import { sizeOf } from '../dims.js';
import { STORAGE } from '../dtype.js';
import { tensorOf } from '../graph.js';
import type { Known, Operator, OperatorTable, Prepared, Site } from '../operator.js';
import { gridOf } from './convolution-grid.js';
import { isFasterByPlaces, placesConvolution } from './convolution-places.js';
import { packedConvolution } from './convolution-rows.js';
import { type Convolution, convolutionOf } from './convolution-shape.js';
import { gridPrepared } from './convolution-step.js';
import { sweepOf } from './convolution-sweep.js';
import { orFourier } from './fourier-convolution.js';
import type { Window } from './windows.js';
import { hasWinogradForm, winogradConvolution } from './winograd-convolution.js';

/** With fewer places than these, filters side by side fill vectors better than places. */
const FEW = 8;

const conv: Operator = (site) => {
  const [x, w, bias] = [site.input(0), site.input(1), site.inputs[2]];
  assertFloats(site, x, w, bias);
  const convolution = convolutionOf(site, x, w, bias);
  const { dims } = convolution;
  if (dims.includes(0)) return { outputs: [{ constant: tensorOf(x.dtype, dims, []) }] };
  const simple = { ...convolution, windows: simplified(convolution.windows) };
  return orFourier(site, simple, productConvolution(site, simple));
};

/** By products: of packed weights where there are few places, else swept. */
function productConvolution(site: Site, simple: Convolution): Prepared {
  const [x, w, bias] = [site.input(0), site.input(1), site.inputs[2]];
  const known = w.constant && (!bias || bias.constant);
  if (known && simple.groups === 1 && STORAGE[x.dtype].view === 'f32') {
    if (hasWinogradForm(simple)) return winogradConvolution(site, simple);
    const few = simple.windows.length === 1 && simple.windows[0].count < FEW;
    if (few) return isFasterByPlaces(simple) ? placesConvolution(site, simple) : packedConvolution(site, simple);
  }
  return gridConvolution(site, simple);
}

/** @throws {TypeError} if the inputs are not all floating-point numbers of the type of the first */
export function assertFloats(site: Site, x: Known, w: Known, bias: Known | undefined): void {
  if (w.dtype === x.dtype && (!bias || bias.dtype === x.dtype) && !STORAGE[x.dtype].integer) return;
  throw typeError(`${site.who}: got ${x.dtype} and ${w.dtype}, expected floating-point numbers of one type`);
}

/** Windows along fewer axes that see the same: axes on which nothing happens are left out, or one with those before them. */
export function simplified(windows: readonly Window[]): readonly Window[] {
  const left: Window[] = [];
  for (const window of windows) {
    const before = left.at(-1);
    if (isPointwise(window) && window.extent === 1) continue;
    if (before && isPointwise(window) && isPointwise(before)) {
      const extent = before.extent * window.extent;
      left[left.length - 1] = { ...window, extent, count: extent };
    } else left.push(window);
  }
  return left.length ? left : windows.slice(-1);
}

function isPointwise({ kernel, stride, before, after }: Window): boolean {
  return kernel === 1 && stride === 1 && before === 0 && after === 0;
}

/** Any convolution: every sample is laid out so that all taps are swept over it. */
function gridConvolution(site: Site, convolution: Convolution): Prepared {
  const { channels, filters, groups, windows, dims } = convolution;
  const { dtype } = site.input(0);
  const { view } = STORAGE[dtype];
  const reaches = windows.map(({ extent, kernel, stride, dilation, before, count }) => ({
    extent,
    first: -before,
    size: (count - 1) * stride + (kernel - 1) * dilation + 1,
    stride,
    taps: Array.from({ length: kernel }, (_, k) => k * dilation),
  }));
  const grid = gridOf(reaches, channels, (windows.at(-1) as Window).count >= 16 || view === 'f64');
  const spreads = windows.map(({ count }) => ({ first: 0, step: 1, count, extent: count }));
  const of = sweepOf(grid, groups, filters / groups, channels / groups, grid.distances, spreads);
  const size = channels * sizeOf(windows.map(({ extent }) => extent));
  return gridPrepared(site, dims, size, grid, [{ of, weights: (place) => place.input(1) }]);
}

export const CONVOLUTIONS: OperatorTable = { Conv: conv };
