import { rangeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { sizeOf } from '../dims.js';
import { STORAGE } from '../dtype.js';
import { tensorOf } from '../graph.js';
import type { Operator, OperatorTable, Place, Site } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { assertFloats } from './convolution.js';
import { gridOf } from './convolution-grid.js';
import { assertBias } from './convolution-shape.js';
import { gridPrepared, type Part } from './convolution-step.js';
import { type Spread, sweepOf } from './convolution-sweep.js';
import { assertKernel, autoPad, listed, padsAround } from './windows.js';

/** One axis of a transposed convolution: element i of the input falls on i · stride + k · dilation − before of the output. */
interface Axis {
  readonly extent: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  /** The output's extent. */
  readonly out: number;
}

/** Places of one axis of the output that the same taps fall on, a stride apart. */
interface Phase {
  readonly spread: Spread;
  /** Each tap of the kernel, and the element of the input that it brings to the first place. */
  readonly taps: readonly { readonly tap: number; readonly from: number }[];
}

/** As many convolutions as the strides have phases, each with the taps that fall on its places. */
const convTranspose: Operator = (site) => {
  const [x, w, bias] = [site.input(0), site.input(1), site.inputs[2]];
  assertFloats(site, x, w, bias);
  const groups = site.attributes.int('group', 1);
  const [batch, channels] = x.dims;
  const [, filters, ...kernelShape] = w.dims;
  assertKernel(site, x.dims, kernelShape);
  if (!(groups >= 1) || !channels || !filters || w.dims[0] !== channels || channels % groups !== 0) {
    const got = `dims ${formatDims(x.dims)} and ${formatDims(w.dims)} in ${groups} groups`;
    throw rangeError(`${site.who}: got ${got}, expected channels and filters that the groups divide`);
  }
  assertBias(site, bias, filters * groups);
  const axes = kernelShape.map((kernel, d) => axisOf(site, x.dims[d + 2], kernel, d, kernelShape.length));
  const dims = [batch, filters * groups, ...axes.map(({ out }) => out)];
  tensorBytes(x.dtype, dims, site);
  if (dims.includes(0)) return { outputs: [{ constant: tensorOf(x.dtype, dims, []) }] };
  const phases = axes.map(phasesOf);
  const lowest = phases.map((of) => Math.min(...of.flatMap(({ taps }) => taps.map(({ from }) => from))));
  const reaches = axes.map(({ extent }, d) => {
    const ends = phases[d].flatMap(({ taps, spread }) => taps.map(({ from }) => from + spread.count));
    const first = Number.isFinite(lowest[d]) ? lowest[d] : 0;
    return { extent, first, size: Math.max(1, Math.max(...ends) - first), stride: 1, taps: [0] };
  });
  const grid = gridOf(reaches, channels, false);
  let chosen: Phase[][] = [[]];
  for (const of of phases) chosen = chosen.flatMap((outer) => of.map((phase) => [...outer, phase]));
  const parts = chosen.map((phase): Part => {
    let taps = [{ tap: 0, distance: 0 }];
    phase.forEach((of, d) => {
      taps = taps.flatMap(({ tap, distance }) =>
        of.taps.map((each) => ({
          tap: tap * axes[d].kernel + each.tap,
          distance: distance + (each.from - reaches[d].first) * grid.steps[d],
        })),
      );
    });
    const distances = taps.map(({ distance }) => distance);
    const spreads = phase.map(({ spread }) => spread);
    const of = sweepOf(grid, groups, filters, channels / groups, distances, spreads);
    return partOf(
      site,
      of,
      taps.map(({ tap }) => tap),
      sizeOf(kernelShape),
    );
  });
  return gridPrepared(site, dims, channels * sizeOf(x.dims.slice(2)), grid, parts);
};

/** The part of a phase: its weights are the taps that fall on it, filter by filter. */
function partOf(site: Site, of: Part['of'], taps: readonly number[], kernel: number): Part {
  const { dtype, constant } = site.input(1);
  const { view, bytes } = STORAGE[dtype];
  const { groups, filters, distances } = of;
  const channels = taps.length ? distances.length / taps.length : 0;
  const elements = groups * filters * distances.length;
  const room = Math.max(4, (elements * bytes) / 4);
  const write = ({ graphKernels }: Place, buffer: ArrayBufferLike, to: number, from: number) => {
    const values = view === 'f64' ? new Float64Array(buffer) : undefined;
    for (let g = 0; g < groups; g++) {
      for (let t = 0; t < taps.length; t++) {
        const a = to / bytes + g * filters * distances.length + t;
        const b = from / bytes + g * channels * filters * kernel + taps[t];
        const [toRow, toCol, fromRow, fromCol] = [distances.length, taps.length, kernel, filters * kernel];
        if (!values) {
          graphKernels.copyBlock(a * 4, b * 4, toRow, toCol, fromRow, fromCol, filters, channels);
          continue;
        }
        for (let i = 0; i < filters * channels; i++) {
          const [m, c] = [Math.floor(i / channels), i % channels];
          values[a + m * toRow + c * toCol] = values[b + m * fromRow + c * fromCol];
        }
      }
    }
  };
  if (!constant) {
    const weights = (place: Place, address: number) => {
      const from = place.input(1);
      return { address, before: () => write(place, place.memory.u8.buffer, address, from) };
    };
    return { of, room, weights };
  }
  const form = `phase:${groups}:${taps.join()}`;
  return {
    of,
    weights: (place) =>
      place.packed([constant], form, room, ({ buffer }, to, [from]) => write(place, buffer, to, from)),
  };
}

function axisOf(site: Site, extent: number, kernel: number, d: number, rank: number): Axis {
  const stride = listed(site, 'strides', rank)[d];
  const dilation = listed(site, 'dilations', rank)[d];
  const added = listed(site, 'output_padding', rank, 0)[d];
  const wanted = site.attributes.ints('output_shape');
  const mode = autoPad(site);
  const full = stride * (extent - 1) + added + (kernel - 1) * dilation + 1;
  const fits = extent > 0 && (!wanted || (wanted.length >= rank && wanted[wanted.length - rank + d] > 0));
  if (!fits) {
    const got = `${extent} elements and output_shape ${wanted ? formatDims(wanted) : 'by pads'}`;
    throw rangeError(`${site.who}: got ${got}, expected at least 1 of each`);
  }
  const isSame = mode.startsWith('SAME');
  if (!wanted && !isSame) {
    const [before, after] = padsAround(site, d, rank);
    const out = full - before - after;
    if (out > 0) return { extent, kernel, stride, dilation, before, out };
    throw rangeError(`${site.who}: got pads [${before}, ${after}], expected less than the ${full} elements there are`);
  }
  const out = wanted ? wanted[wanted.length - rank + d] : Math.min(full, extent * stride);
  const total = Math.max(0, full - out);
  const before = mode === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
  return { extent, kernel, stride, dilation, before, out };
}

function phasesOf({ kernel, stride, dilation, before, out }: Axis): Phase[] {
  const phases: Phase[] = [];
  for (let first = 0; first < Math.min(stride, out); first++) {
    const taps: { tap: number; from: number }[] = [];
    for (let tap = 0; tap < kernel; tap++) {
      const from = (first + before - tap * dilation) / stride;
      if (Number.isInteger(from)) taps.push({ tap, from });
    }
    phases.push({ spread: { first, step: stride, count: Math.ceil((out - first) / stride), extent: out }, taps });
  }
  return phases;
}

export const TRANSPOSED_CONVOLUTIONS: OperatorTable = { ConvTranspose: convTranspose };
