import { typeError } from '../../errors.js';
import { sizeOf } from '../dims.js';
import { STORAGE } from '../dtype.js';
import { tensorOf } from '../graph.js';
import { Memory } from '../memory.js';
import type { Known, Operator, OperatorTable, Place, Prepared, Site } from '../operator.js';
import { type Grid, gridOf, layOut } from './convolution-grid.js';
import { packedConvolution } from './convolution-rows.js';
import { type Convolution, convolutionOf } from './convolution-shape.js';
import { bindDistances, type Sweep, sweep, sweepOf, sweepPlain, TILE_ROOM } from './convolution-sweep.js';
import type { Window } from './windows.js';

/** With fewer places than these, filters side by side fill vectors better than places. */
const FEW = 8;

const conv: Operator = (site) => {
  const [x, w, bias] = [site.input(0), site.input(1), site.inputs[2]];
  assertFloats(site, x, w, bias);
  const convolution = convolutionOf(site, x, w, bias);
  const { groups, dims } = convolution;
  if (dims.includes(0)) return { outputs: [{ constant: tensorOf(x.dtype, dims, []) }] };
  const simple = { ...convolution, windows: simplified(convolution.windows) };
  const known = w.constant && (!bias || bias.constant);
  const few = simple.windows.length === 1 && simple.windows[0].count < FEW;
  if (known && few && groups === 1 && STORAGE[x.dtype].view === 'f32') return packedConvolution(site, simple);
  return gridConvolution(site, simple);
};

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
  const { view, bytes } = STORAGE[dtype];
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
  const scratch = view === 'f32' ? TILE_ROOM + grid.room + of.room : (grid.room * bytes) / 4;
  return {
    outputs: [{ dtype, dims }],
    scratch,
    bind: (place) => {
      const step = view === 'f32' ? kernelStep(place, site, grid, of) : plainStep(place, site, grid, of);
      const [xSize, oSize] = [channels * sizeOf(windows.map(({ extent }) => extent)), sizeOf(dims.slice(1))];
      return () => {
        for (let n = 0; n < convolution.batch; n++) step(n * xSize, n * oSize);
      };
    },
  };
}

/** Computes one sample, `from` elements after the first; its output goes `to` elements after the first. */
type SampleStep = (from: number, to: number) => void;

function kernelStep(place: Place, site: Site, grid: Grid, of: Sweep): SampleStep {
  const { input, output, scratch, memory, graphKernels } = place;
  const [x, w, out] = [input(0), input(1), output(0)];
  const [bias, distances] = [site.inputs[2] ? input(2) : 0, bindDistances(place, of)];
  const [tile, laidOut] = [scratch, scratch + TILE_ROOM * 4];
  const at = { x: laidOut, out, w, bias, distances, tile, result: laidOut + grid.room * 4 };
  return (from, to) => {
    at.out = out + to * 4;
    if (grid.room) layOut(grid, memory.f32, laidOut / 4, x / 4 + from, graphKernels);
    else at.x = x + from * 4;
    sweep(place, of, at);
  };
}

function plainStep({ input, output, scratch, memory }: Place, site: Site, grid: Grid, of: Sweep): SampleStep {
  const [x, w, out] = [input(0), input(1), output(0)].map((address) => Memory.index(address, 'f64'));
  const bias = site.inputs[2] ? Memory.index(input(2), 'f64') : 0;
  const laidOut = Memory.index(scratch, 'f64');
  const at = { x: laidOut, out, w, bias, distances: 0, tile: 0, result: 0 };
  return (from, to) => {
    at.out = out + to;
    if (grid.room) layOut(grid, memory.f64, laidOut, x + from, undefined);
    else at.x = x + from;
    sweepPlain(memory.f64, of, at, site.inputs[2] !== undefined);
  };
}

export const CONVOLUTIONS: OperatorTable = { Conv: conv };
