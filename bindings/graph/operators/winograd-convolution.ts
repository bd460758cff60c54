import { padToLanes, padToTile } from '../../engine/abi.js';
import { packedSize, packMatrix, plainMatrix } from '../../weights/packing.js';
import type { Place, Prepared, Site } from '../operator.js';
import type { Convolution } from './convolution-shape.js';

/** With fewer channels or filters the transforms take longer than what they save. */
const LEAST = 48;

/** Products for four places. */
const PRODUCTS = 6;

/** G of F(4, 3): what each product takes of the three taps. */
const TAPS = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
] as const;

/** Whether a convolution along one axis is one of three taps, side by side, at four places or more. */
export function hasWinogradForm({ channels, filters, windows: [window] }: Convolution): boolean {
  const { kernel, stride, dilation, count } = window;
  return kernel === 3 && stride === 1 && dilation === 1 && count >= 4 && Math.min(channels, filters) >= LEAST;
}

/**
 * A convolution of three taps, in one group, whose weights are known: six products for four places of all samples, where taps by
 * themselves would take twelve. See assembly/tensors/winograd.ts.
 */
export function winogradConvolution(site: Site, { batch, channels, filters, windows, dims }: Convolution): Prepared {
  const [{ extent, before, count }] = windows;
  const tiles = Math.ceil(count / 4);
  const cols = padToLanes(channels);
  const outRows = padToTile(filters);
  const rows = batch * tiles;
  const [inMatrix, outMatrix] = [rows * cols, rows * outRows];
  return {
    outputs: [{ dtype: site.input(0).dtype, dims }],
    scratch: PRODUCTS * (inMatrix + outMatrix),
    bind: (place) => {
      const { kernels, graphKernels, scratch } = place;
      const [x, out] = [place.input(0), place.output(0)];
      const { bias, panels, size } = transformedFilters(place, site, filters, channels);
      const result = scratch + PRODUCTS * inMatrix * 4;
      return () => {
        for (let n = 0; n < batch; n++) {
          const [to, from] = [scratch + n * tiles * cols * 4, x + n * channels * extent * 4];
          graphKernels.winogradInput(to, from, channels, extent, before, tiles, inMatrix, cols);
        }
        kernels.flushTiny(scratch, PRODUCTS * inMatrix);
        for (let p = 0; p < PRODUCTS; p++) {
          const [to, w, from] = [result + p * outMatrix * 4, panels + p * size * 4, scratch + p * inMatrix * 4];
          kernels.affine(to, w, from, rows, outRows, cols, outRows, cols);
        }
        for (let n = 0; n < batch; n++) {
          const [to, from] = [out + n * filters * count * 4, result + n * tiles * outRows * 4];
          graphKernels.winogradOutput(to, from, bias, filters, count, tiles, outMatrix, outRows);
        }
      };
    },
  };
}

/** The bias, then [M, C] packed for each product. */
function transformedFilters(place: Place, site: Site, filters: number, channels: number) {
  const matrix = plainMatrix(filters, channels);
  const size = packedSize(matrix);
  const [weight, given] = [site.constant(1), site.inputs[2]?.constant];
  const floats = matrix.rows + PRODUCTS * size;
  const bias = place.packed([weight, given], 'winograd', floats, (f32, address, [from]) => {
    if (given) f32.set(given.data as Float32Array, address / 4);
    const taps = from / 4;
    const plain = new Float32Array(filters * channels);
    for (let p = 0; p < PRODUCTS; p++) {
      const [a, b, c] = TAPS[p];
      for (let i = 0; i < plain.length; i++) {
        const at = taps + 3 * i;
        plain[i] = a * f32[at] + b * f32[at + 1] + c * f32[at + 2];
      }
      packMatrix(f32, address + (matrix.rows + p * size) * 4, matrix, plain, channels);
    }
  });
  return { bias, panels: bias + matrix.rows * 4, size };
}
