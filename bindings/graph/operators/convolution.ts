import { padToLanes, padToTile } from '../../engine/abi.js';
import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { packStrided } from '../../weights/pack-strided.js';
import { packBias, packedSize, plainMatrix } from '../../weights/packing.js';
import { STORAGE, type Values } from '../dtype.js';
import { tensorOf } from '../graph.js';
import { Memory } from '../memory.js';
import type { Known, Operator, OperatorTable, Place, Prepared, Site, Step } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { type Window, windowOf } from './windows.js';

/** A convolution along one axis: x [N, C, L], w [M, C / groups, K], out [N, M, count]. */
interface Convolution {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly groups: number;
  readonly window: Window;
}

const conv: Operator = (site) => {
  const x = site.input(0);
  const w = site.input(1);
  if (w.dims.length < 3 || w.dims.length !== x.dims.length) {
    throw rangeError(
      `${site.who}: got dims ${formatDims(x.dims)} and ${formatDims(w.dims)}, expected [N, C, L] and [M, C, K]`,
    );
  }
  const groups = site.attributes.int('group', 1);
  const [batch, channels] = x.dims;
  const [filters, groupChannels, ...kernelShape] = w.dims;
  if (groups < 1 || groupChannels * groups !== channels || filters % groups !== 0) {
    const got = `dims ${formatDims(x.dims)} and ${formatDims(w.dims)} in ${groups} groups`;
    throw rangeError(`${site.who}: got ${got}, expected channels and filters that the groups divide`);
  }
  assertTypes(site, x, w, filters);
  const { window, extents } = windowOf(site, kernelShape);
  const convolution = { batch, channels, filters, groups, window };
  const dims = [batch, filters, ...extents];
  tensorBytes(x.dtype, dims, site);
  if (dims.includes(0)) return { outputs: [{ constant: tensorOf(x.dtype, dims, []) }] };
  const isPacked =
    groups === 1 && w.constant && (!site.inputs[2] || site.inputs[2].constant) && STORAGE[x.dtype].view === 'f32';
  if (isPacked) return packedConvolution(site, convolution, dims);
  return groups === channels
    ? depthwiseConvolution(site, convolution, dims)
    : directConvolution(site, convolution, dims);
};

function assertTypes(site: Site, x: Known, w: Known, filters: number): void {
  const bias = site.inputs[2];
  if (w.dtype !== x.dtype || (bias && bias.dtype !== x.dtype) || STORAGE[x.dtype].integer) {
    throw typeError(`${site.who}: got ${x.dtype} and ${w.dtype}, expected floating-point numbers of one type`);
  }
  if (bias && bias.dims.join() !== `${filters}`) {
    throw rangeError(`${site.who}: bias: got dims ${formatDims(bias.dims)}, expected [${filters}]`);
  }
}

/**
 * How the rows that the packed product takes are made: each holds one window's elements, tap after tap, channels within.
 * With the channels innermost a window is one run of memory, so that rows may overlap and nothing is copied twice.
 */
interface Rows {
  /** Floats of one tap. */
  readonly tap: number;
  /** Floats of a row, padded to whole vectors. */
  readonly cols: number;
  /** Floats from one row to the next. */
  readonly stride: number;
  /** Floats of workspace in which the rows are laid out; 0 where the input is used as it lies. */
  readonly room: number;
  readonly layOut: ((place: Place, to: number, x: number) => void) | undefined;
}

function rowsOf({ channels, window }: Convolution): Rows {
  const { extent, kernel, stride, dilation, before, after, count } = window;
  if (channels === 1 && dilation === 1 && before + after === 0 && stride % 4 === 0 && kernel % 4 === 0) {
    return { tap: 1, cols: kernel, stride, room: 0, layOut: undefined };
  }
  if (dilation === 1 && channels >= 4) {
    const tap = padToLanes(channels);
    const padded = extent + before + after;
    const layOut = ({ memory, graphKernels }: Place, to: number, x: number) => {
      memory.f32.fill(0, to / 4, to / 4 + padded * tap);
      graphKernels.copyBlock(to + before * tap * 4, x, 1, tap, extent, 1, channels, extent);
    };
    return { tap, cols: kernel * tap, stride: stride * tap, room: padded * tap, layOut };
  }
  const cols = padToLanes(kernel * channels);
  const { firsts, ends } = tapsInside(window);
  const layOut = ({ memory, graphKernels }: Place, to: number, x: number) => {
    memory.f32.fill(0, to / 4, to / 4 + count * cols);
    for (let i = 0; i < count; i++) {
      const k = firsts[i];
      const from = x + (i * stride + k * dilation - before) * 4;
      graphKernels.copyBlock(
        to + (i * cols + k * channels) * 4,
        from,
        1,
        channels,
        extent,
        dilation,
        channels,
        ends[i] - k,
      );
    }
  };
  return { tap: channels, cols, stride: cols, room: count * cols, layOut };
}

/** The taps that fall on elements, and not on padding, at each place of a window. */
function tapsInside({ extent, kernel, stride, dilation, before, count }: Window) {
  const firsts = new Int32Array(count);
  const ends = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const start = before - i * stride;
    firsts[i] = Math.max(0, Math.ceil(start / dilation));
    ends[i] = Math.min(kernel, Math.floor((extent - 1 + start) / dilation) + 1);
  }
  return { firsts, ends };
}

/** Weights known: one packed product for each sample. */
function packedConvolution(site: Site, convolution: Convolution, dims: readonly number[]): Prepared {
  const { batch, channels, filters, window } = convolution;
  const { extent, count } = window;
  const rows = rowsOf(convolution);
  const outRows = padToTile(filters);
  const { dtype } = site.input(0);
  return {
    outputs: [{ dtype, dims }],
    scratch: rows.room + count * outRows,
    bind: (place) => {
      const { kernels, graphKernels, scratch } = place;
      const [x, o] = [place.input(0), place.output(0)];
      const w = packedFilters(place, site, convolution, rows);
      const result = scratch + rows.room * 4;
      return () => {
        for (let n = 0; n < batch; n++) {
          const sample = x + n * channels * extent * 4;
          rows.layOut?.(place, scratch, sample);
          const from = rows.layOut ? scratch : sample;
          kernels.affine(result, w, from, count, outRows, rows.cols, outRows, rows.stride);
          graphKernels.copyBlock(o + n * filters * count * 4, result, count, 1, 1, outRows, filters, count);
        }
      };
    },
  };
}

/** [M, C, K] packed as the rows want it: columns tap by tap. */
function packedFilters(place: Place, site: Site, { filters, channels, window }: Convolution, rows: Rows): number {
  const { kernel } = window;
  const { tap, cols } = rows;
  const matrix = plainMatrix(filters, cols);
  const [weight, bias] = [site.constant(1), site.inputs[2]?.constant];
  return place.packed([weight, bias], `conv:${tap}:${cols}`, packedSize(matrix), (f32, address, [from]) => {
    if (bias) packBias(f32, address, matrix, bias.data as Float32Array);
    // One channel is one run of taps, many are a run of channels at every tap.
    const [runs, count] = channels === 1 ? [1, kernel] : [kernel, channels];
    for (let k = 0; k < runs; k++) {
      const colRuns = [{ from: 0, to: k * tap, count }];
      const source = { address: from + k * 4, rowStep: channels * kernel, colStep: channels === 1 ? 1 : kernel };
      packStrided(place.graphKernels.copyBlock, address, { ...matrix, colRuns }, source);
    }
  });
}

/** A group for each channel: its row is laid out with its padding, then a few taps at a time slide over all of it. */
function depthwiseConvolution(site: Site, convolution: Convolution, dims: readonly number[]): Prepared {
  const { dtype } = site.input(0);
  const { extent, before, after } = convolution.window;
  const scratch = ((before + extent + after) * STORAGE[dtype].bytes) / 4;
  return { outputs: [{ dtype, dims }], scratch, bind: (place) => depthwiseStep(place, site, convolution) };
}

function depthwiseStep(place: Place, site: Site, convolution: Convolution): Step {
  const { input, output, scratch, memory } = place;
  const { batch, channels, filters, window } = convolution;
  const { extent, kernel, stride, dilation, before, after, count } = window;
  const { view } = STORAGE[site.input(0).dtype];
  const kernels = view === 'f32' ? place.graphKernels : undefined;
  const [x, w] = [0, 1].map((i) => Memory.index(input(i), view));
  const o = Memory.index(output(0), view);
  const bias = site.inputs[2] ? Memory.index(input(2), view) : undefined;
  const row = Memory.index(scratch, view);
  const each = filters / channels;
  return () => {
    const values = memory[view];
    values.fill(0, row, row + before + extent + after);
    for (let n = 0; n < batch; n++) {
      for (let m = 0; m < filters; m++) {
        const from = x + (n * channels + Math.floor(m / each)) * extent;
        values.copyWithin(row + before, from, from + extent);
        const start = bias === undefined ? 0 : values[bias + m];
        const out = o + (n * filters + m) * count;
        const taps = w + m * kernel;
        if (kernels) kernels.slide(out * 4, row * 4, taps * 4, count, kernel, stride, dilation, start);
        else slide(values, out, start, row, taps, window);
      }
    }
  };
}

/** As the kernel, for float64: five taps at once, more weights than that do not stay in registers. */
function slide(values: Values, out: number, start: number, row: number, taps: number, window: Window): void {
  const { kernel, stride, dilation: d, count } = window;
  for (let i = 0; i < count; i++) values[out + i] = start;
  let k = 0;
  for (; k + 5 <= kernel; k += 5) {
    const [w0, w1, w2] = [values[taps + k], values[taps + k + 1], values[taps + k + 2]];
    const [w3, w4] = [values[taps + k + 3], values[taps + k + 4]];
    for (let i = 0, at = row + k * d; i < count; i++, at += stride) {
      values[out + i] +=
        w0 * values[at] +
        w1 * values[at + d] +
        w2 * values[at + 2 * d] +
        w3 * values[at + 3 * d] +
        w4 * values[at + 4 * d];
    }
  }
  for (; k < kernel; k++) {
    const weight = values[taps + k];
    for (let i = 0, at = row + k * d; i < count; i++, at += stride) values[out + i] += weight * values[at];
  }
}

/** Groups, or weights that are computed: one tap of one channel at a time. */
function directConvolution(site: Site, convolution: Convolution, dims: readonly number[]): Prepared {
  const { dtype } = site.input(0);
  return { outputs: [{ dtype, dims }], bind: (place) => directStep(place, site, convolution) };
}

function directStep({ input, output, memory }: Place, site: Site, convolution: Convolution): Step {
  const { batch, channels, filters, groups, window } = convolution;
  const { extent, kernel, stride, dilation, before, count } = window;
  const { view } = STORAGE[site.input(0).dtype];
  const [x, w] = [0, 1].map((i) => Memory.index(input(i), view));
  const o = Memory.index(output(0), view);
  const bias = site.inputs[2] ? Memory.index(input(2), view) : undefined;
  const groupChannels = channels / groups;
  const groupFilters = filters / groups;
  const { firsts, ends } = tapsInside(window);
  return () => {
    const values = memory[view];
    for (let n = 0; n < batch; n++) {
      for (let m = 0; m < filters; m++) {
        const from = x + (n * channels + Math.floor(m / groupFilters) * groupChannels) * extent - before;
        const to = o + (n * filters + m) * count;
        const start = bias === undefined ? 0 : values[bias + m];
        for (let i = 0; i < count; i++) {
          let sum = start;
          for (let c = 0; c < groupChannels; c++) {
            const row = from + c * extent + i * stride;
            const taps = w + (m * groupChannels + c) * kernel;
            for (let k = firsts[i]; k < ends[i]; k++) sum += values[taps + k] * values[row + k * dilation];
          }
          values[to + i] = sum;
        }
      }
    }
  };
}

export const CONVOLUTIONS: OperatorTable = { Conv: conv };
