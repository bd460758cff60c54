import { padToLanes, padToTile } from '../../engine/abi.js';
import { packStrided } from '../../weights/pack-strided.js';
import { packBias, packedSize, plainMatrix } from '../../weights/packing.js';
import type { Place, Prepared, Site } from '../operator.js';
import type { Convolution } from './convolution-shape.js';
import type { Window } from './windows.js';

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

function rowsOf({ channels, windows: [window] }: Convolution): Rows {
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

/** A convolution along one axis, in one group, whose weights are known: one packed product for each sample. */
export function packedConvolution(site: Site, convolution: Convolution): Prepared {
  const { batch, channels, filters, windows, dims } = convolution;
  const [window] = windows;
  const { extent, count } = window;
  const rows = rowsOf(convolution);
  const outRows = padToTile(filters);
  // Laid out or copied, so that the input stays as it is where numbers below 1e-30 become zeros.
  const room = rows.room || padToLanes(channels * extent);
  const { dtype } = site.input(0);
  return {
    outputs: [{ dtype, dims }],
    scratch: room + count * outRows,
    bind: (place) => {
      const { kernels, graphKernels, memory, scratch } = place;
      const [x, o] = [place.input(0), place.output(0)];
      const w = packedFilters(place, site, convolution, rows);
      const result = scratch + room * 4;
      return () => {
        for (let n = 0; n < batch; n++) {
          const sample = x + n * channels * extent * 4;
          if (rows.layOut) rows.layOut(place, scratch, sample);
          else memory.f32.copyWithin(scratch / 4, sample / 4, sample / 4 + channels * extent);
          kernels.flushTiny(scratch, room);
          kernels.affine(result, w, scratch, count, outRows, rows.cols, outRows, rows.stride);
          graphKernels.copyBlock(o + n * filters * count * 4, result, count, 1, 1, outRows, filters, count);
        }
      };
    },
  };
}

/** [M, C, K] packed as the rows want it: columns tap by tap. */
function packedFilters(
  place: Place,
  site: Site,
  { filters, channels, windows: [window] }: Convolution,
  rows: Rows,
): number {
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
