import { padToLanes, padToTile } from '../../engine/abi.js';
import { packStrided } from '../../weights/pack-strided.js';
import { packBias, packedSize, plainMatrix } from '../../weights/packing.js';
import type { Place, Prepared, Site } from '../operator.js';
import type { Convolution } from './convolution-shape.js';
import type { Window } from './windows.js';

/** From so many samples on the weights of a place are read less often than those of a sample. */
const MANY = 4;

/** Whether places one by one, each for all samples and without the taps on padding, take less time than samples one by one. */
export function isFasterByPlaces({ batch, channels, windows: [window] }: Convolution): boolean {
  const { dilation, kernel, count } = window;
  if (dilation > 1 || channels < 4) return false;
  const inside = tapsOf(window).reduce((sum, { first, end }) => sum + end - first, 0);
  return batch >= MANY ? count * MANY <= batch || inside < count * kernel : inside <= 0.7 * count * kernel;
}

/** The taps of a place that fall on elements, and not on padding. */
function tapsOf({ extent, kernel, stride, before, count }: Window): { first: number; end: number }[] {
  return Array.from({ length: count }, (_, i) => {
    const start = before - i * stride;
    const first = Math.min(kernel, Math.max(0, start));
    return { first, end: Math.max(first, Math.min(kernel, extent + start)) };
  });
}

/** A convolution along one axis, in one group, whose weights are known: one packed product for each place, over all samples. */
export function placesConvolution(site: Site, { batch, channels, filters, windows, dims }: Convolution): Prepared {
  const [window] = windows;
  const { extent, stride, before, count } = window;
  const tap = padToLanes(channels);
  const outRows = padToTile(filters);
  const sample = extent * tap;
  // What has one place needs no putting in order.
  const direct = count === 1 && outRows === filters;
  return {
    outputs: [{ dtype: site.input(0).dtype, dims }],
    scratch: batch * sample + (direct ? 0 : batch * outRows),
    bind: (place) => {
      const { kernels, graphKernels, memory, scratch } = place;
      const [x, out] = [place.input(0), place.output(0)];
      const result = direct ? out : scratch + batch * sample * 4;
      const places = tapsOf(window).map(({ first, end }, i) => ({
        w: filtersFor(place, site, filters, channels, window.kernel, first, end),
        from: scratch + Math.max(0, i * stride + first - before) * tap * 4,
        cols: (end - first) * tap,
      }));
      return () => {
        if (tap !== channels) memory.f32.fill(0, scratch / 4, scratch / 4 + batch * sample);
        for (let n = 0; n < batch; n++) {
          const to = scratch + n * sample * 4;
          const from = x + n * channels * extent * 4;
          graphKernels.copyBlock(to, from, 1, tap, extent, 1, channels, extent);
        }
        kernels.flushTiny(scratch, batch * sample);
        for (let i = 0; i < count; i++) {
          const { w, from, cols } = places[i];
          kernels.affine(result, w, from, batch, outRows, cols, outRows, sample);
          if (direct) continue;
          graphKernels.copyBlock(out + i * 4, result, filters * count, count, outRows, 1, batch, filters);
        }
      };
    },
  };
}

/** The taps of [M, C, K] from `first` up to but not including `end`, packed tap after tap, channels within. */
function filtersFor(
  place: Place,
  site: Site,
  filters: number,
  channels: number,
  kernel: number,
  first: number,
  end: number,
): number {
  const tap = padToLanes(channels);
  const matrix = plainMatrix(filters, (end - first) * tap);
  const [weight, bias] = [site.constant(1), site.inputs[2]?.constant];
  return place.packed([weight, bias], `taps:${first}:${end}`, packedSize(matrix), (f32, address, [from]) => {
    if (bias) packBias(f32, address, matrix, bias.data as Float32Array);
    for (let k = first; k < end; k++) {
      const colRuns = [{ from: 0, to: (k - first) * tap, count: channels }];
      const source = { address: from + k * 4, rowStep: channels * kernel, colStep: kernel };
      packStrided(place.graphKernels.copyBlock, address, { ...matrix, colRuns }, source);
    }
  });
}
