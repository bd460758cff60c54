import { padToLanes, padToTile } from '../../engine/abi.js';
import { packedSize, packMatrix, plainMatrix } from '../../weights/packing.js';
import type { Place, Prepared, Site } from '../operator.js';
import type { Convolution } from './convolution-shape.js';
import { ONE_PLACE } from './windows.js';

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

/** Floats of a sample's transforms up to which they stay in the cache. */
const MOST = 2 ** 20;

/** The transforms of one sample: tile by tile, and row by row within a tile, so that the rows under a filter lie side by side. */
function formOf({ channels, filters, windows }: Convolution) {
  const column = windows[windows.length - 1];
  const row = windows.length > 1 ? windows[0] : ONE_PLACE;
  const tiles = Math.ceil(column.count / 4);
  const cols = padToLanes(channels);
  const outRows = padToTile(filters);
  /** Rows of the input with those of padding. */
  const laid = row.count + row.kernel - 1;
  const [inSize, outSize] = [tiles * laid * cols, tiles * row.count * outRows];
  return { row, column, tiles, cols, outRows, laid, inSize, outSize };
}

/** Whether a convolution along one axis or two is one of three taps, side by side, at four places or more of the last one. */
export function hasWinogradForm(convolution: Convolution): boolean {
  const { channels, filters, windows } = convolution;
  if (windows.length > 2 || windows.some(({ stride, dilation }) => stride * dilation !== 1)) return false;
  const { column, inSize, outSize } = formOf(convolution);
  if (column.kernel !== 3 || column.count < 4 || Math.min(channels, filters) < LEAST) return false;
  return PRODUCTS * (inSize + outSize) <= MOST;
}

/**
 * A convolution of rows of three taps, in one group, whose weights are known: six products for four places, where taps by themselves
 * would take twelve. See assembly/tensors/winograd.ts.
 */
export function winogradConvolution(site: Site, convolution: Convolution): Prepared {
  const { batch, channels, filters, dims } = convolution;
  const { row, column, tiles, cols, outRows, laid, inSize, outSize } = formOf(convolution);
  const { extent, before, count } = column;
  // Samples of a few places go through the products together.
  const together = tiles * row.count < FEW ? batch : 1;
  const [inMatrix, outMatrix] = [together * inSize, together * outSize];
  // Filters of several rows see rows of one tile; where they have one, all tiles are one matrix.
  const rows = row.kernel > 1 ? row.count : together * tiles * row.count;
  return {
    outputs: [{ dtype: site.input(0).dtype, dims }],
    scratch: PRODUCTS * (inMatrix + outMatrix),
    bind: (place) => {
      const { kernels, graphKernels, scratch } = place;
      const [x, out] = [place.input(0), place.output(0)];
      const { bias, panels, size } = transformedFilters(place, site, filters, channels, row.kernel);
      const result = scratch + PRODUCTS * inMatrix * 4;
      const transform = (from: number, to: number) => {
        for (let r = 0; r < laid; r++) {
          const at = r - row.before;
          const own = at >= 0 && at < row.extent ? extent : 0;
          const target = to + r * cols * 4;
          const source = from + at * own * 4;
          graphKernels.winogradInput(
            target,
            source,
            channels,
            own,
            before,
            tiles,
            inMatrix,
            laid * cols,
            row.extent * extent,
          );
        }
      };
      const multiply = (to: number, w: number, from: number) => {
        for (let t = 0; t * rows * outRows < outMatrix; t++) {
          const target = to + t * rows * outRows * 4;
          const source = from + t * laid * cols * 4;
          kernels.affine(target, w, source, rows, outRows, row.kernel * cols, outRows, cols);
        }
      };
      const finish = (to: number, from: number) => {
        for (let r = 0; r < row.count; r++) {
          const target = to + r * count * 4;
          const source = from + r * outRows * 4;
          graphKernels.winogradOutput(
            target,
            source,
            bias,
            filters,
            count,
            tiles,
            outMatrix,
            row.count * outRows,
            row.count * count,
          );
        }
      };
      return () => {
        for (let first = 0; first < batch; first += together) {
          for (let n = 0; n < together; n++) {
            transform(x + (first + n) * channels * row.extent * extent * 4, scratch + n * inSize * 4);
          }
          kernels.flushTiny(scratch, PRODUCTS * inMatrix);
          for (let p = 0; p < PRODUCTS; p++) {
            multiply(result + p * outMatrix * 4, panels + p * size * 4, scratch + p * inMatrix * 4);
          }
          for (let n = 0; n < together; n++) {
            finish(out + (first + n) * filters * row.count * count * 4, result + n * outSize * 4);
          }
        }
      };
    },
  };
}

/** Rows of a product below which it is worth to take several samples at once. */
const FEW = 16;

/** The bias, then [M, rows × C] packed for each product, C padded with weights of 0. */
function transformedFilters(place: Place, site: Site, filters: number, channels: number, rows: number) {
  const cols = padToLanes(channels);
  const matrix = plainMatrix(filters, rows * cols);
  const size = packedSize(matrix);
  const [weight, given] = [site.constant(1), site.inputs[2]?.constant];
  const floats = matrix.rows + PRODUCTS * size;
  const bias = place.packed([weight, given], 'winograd', floats, (f32, address, [from]) => {
    if (given) f32.set(given.data as Float32Array, address / 4);
    const plain = new Float32Array(filters * rows * cols);
    for (let p = 0; p < PRODUCTS; p++) {
      const [a, b, c] = TAPS[p];
      let at = from / 4;
      for (let filter = 0; filter < filters; filter++) {
        for (let channel = 0; channel < channels; channel++) {
          for (let r = 0; r < rows; r++, at += 3) {
            plain[(filter * rows + r) * cols + channel] = a * f32[at] + b * f32[at + 1] + c * f32[at + 2];
          }
        }
      }
      packMatrix(f32, address + (matrix.rows + p * size) * 4, matrix, plain, rows * cols);
    }
  });
  return { bias, panels: bias + matrix.rows * 4, size };
}
