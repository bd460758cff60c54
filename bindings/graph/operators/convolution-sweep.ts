import { sizeOf } from '../dims.js';
import type { Values } from '../dtype.js';
import type { TensorValue } from '../graph.js';
import type { Place } from '../operator.js';
import type { Grid } from './convolution-grid.js';

/** One set of taps at many places: what the kernel `convolve` computes of one sample. Counts in elements. */
export interface Sweep {
  readonly groups: number;
  /** Of one group. */
  readonly filters: number;
  /** How far each weight's element is from a place, by channel of a group and tap. */
  readonly distances: Int32Array;
  /** Where planes of places begin in the grid, and in the output. */
  readonly planes: readonly { readonly x: number; readonly out: number }[];
  readonly rows: number;
  readonly width: number;
  readonly xGroup: number;
  readonly xRow: number;
  /** From one to the next in the output. */
  readonly outFilter: number;
  readonly outRow: number;
  readonly outCol: number;
  /** Whether rows of places are computed as one, together with what lies between them. */
  readonly flat: boolean;
  /** What the results take before they go to their places in the output; 0 where they go there at once. */
  readonly room: number;
}

/** Where the places of a sweep lie in the output: along every axis from `first` on, `step` apart. */
export interface Spread {
  readonly first: number;
  readonly step: number;
  readonly count: number;
  /** The output's. */
  readonly extent: number;
}

/**
 * Plans a sweep.
 *
 * @param distances of the taps, as the grid's; with `channels` of a group they make the kernel's table
 * @param start the first place in the grid
 */
export function sweepOf(
  grid: Grid,
  groups: number,
  filters: number,
  channels: number,
  distances: readonly number[],
  spreads: readonly Spread[],
  start = 0,
): Sweep {
  const rank = spreads.length;
  const lengths = spreads.map((_, d) => sizeOf(spreads.slice(d + 1).map(({ extent }) => extent)));
  let planes = [{ x: start, out: 0 }];
  spreads.forEach(({ first, step, count }, d) => {
    const walked = d < rank - 2 ? count : 1;
    planes = planes.flatMap(({ x, out }) =>
      Array.from({ length: walked }, (_, i) => ({
        x: x + i * grid.steps[d],
        out: out + (first + i * step) * lengths[d],
      })),
    );
  });
  const [width, rows] = [spreads[rank - 1].count, rank > 1 ? spreads[rank - 2].count : 1];
  const xRow = rank > 1 ? grid.steps[rank - 2] : 0;
  const flatWidth = (rows - 1) * xRow + width;
  const flat = rows > 1 && xRow >= width && planes.length === 1 && 1.05 * tiled(flatWidth) < rows * tiled(width);
  const outCol = spreads[rank - 1].step;
  const table = new Int32Array(channels * distances.length);
  for (let i = 0; i < table.length; i++) {
    const c = Math.floor(i / distances.length);
    table[i] = c * grid.channel + distances[i - c * distances.length];
  }
  return {
    groups,
    filters,
    distances: table,
    planes,
    rows,
    width,
    xGroup: channels * grid.channel,
    xRow,
    outFilter: sizeOf(spreads.map(({ extent }) => extent)),
    outRow: rank > 1 ? spreads[rank - 2].step * lengths[rank - 2] : 0,
    outCol,
    flat,
    room: flat ? groups * filters * rows * xRow : outCol > 1 ? groups * filters * rows * width : 0,
  };
}

/** Places that are computed for a row of so many. */
function tiled(width: number): number {
  const rest = width % 16;
  return width - rest + (rest > 8 ? 16 : rest > 0 ? 8 : 0);
}

/** Floats of workspace that the kernel needs. */
export const TILE_ROOM = 32;

/** Puts the table of a sweep into wasm memory: a constant of the plan, not of the model. */
export function bindDistances(place: Place, { distances }: Sweep): number {
  const bytes = distances.map((distance) => distance * 4);
  const table: TensorValue = { dtype: 'int32', dims: [bytes.length], data: bytes };
  return place.packed([table], 'distances', Math.max(4, bytes.length), ({ buffer }, to) => {
    new Int32Array(buffer, to, bytes.length).set(bytes);
  });
}

/** Addresses of a sweep of one sample. */
export interface SweepPlaces {
  /** The grid. */
  readonly x: number;
  readonly out: number;
  readonly w: number;
  /** 0 if there is none. */
  readonly bias: number;
  readonly distances: number;
  readonly tile: number;
  readonly result: number;
}

/** Computes a sweep with the kernels. */
export function sweep({ graphKernels }: Place, of: Sweep, at: SweepPlaces): void {
  const { groups, filters, distances, planes, rows, width, xGroup, xRow, outFilter, outRow, outCol, flat, room } = of;
  const places = flat ? (rows - 1) * xRow + width : width;
  const lines = flat ? 1 : rows;
  const fromRow = flat ? xRow : width;
  const filter = room ? rows * fromRow : outFilter;
  for (const plane of planes) {
    const to = at.out + plane.out * 4;
    graphKernels.convolve(
      room ? at.result : to,
      at.x + plane.x * 4,
      at.w,
      at.bias,
      at.distances,
      at.tile,
      groups,
      filters,
      distances.length,
      lines,
      places,
      filter,
      room ? width : outRow,
      xGroup,
      xRow,
    );
    if (!room) continue;
    const all = groups * filters;
    const even = outFilter === rows * outRow;
    const [times, many] = even ? [1, all * rows] : rows === 1 ? [1, all] : [all, rows];
    for (let m = 0; m < times; m++) {
      const [a, b] = [to + m * outFilter * 4, at.result + m * filter * 4];
      graphKernels.copyBlock(a, b, rows === 1 ? outFilter : outRow, outCol, fromRow, 1, many, width);
    }
  }
}

/** As `sweep`, for float64: addresses are in elements. */
export function sweepPlain(values: Values, of: Sweep, at: SweepPlaces, hasBias: boolean): void {
  const { groups, filters, distances, planes, rows, width, xGroup, xRow, outFilter, outRow, outCol } = of;
  for (const plane of planes) {
    for (let m = 0; m < groups * filters; m++) {
      const x = at.x + plane.x + Math.floor(m / filters) * xGroup;
      const w = at.w + m * distances.length;
      for (let k = 0; k < rows * width; k++) {
        const [r, i] = [Math.floor(k / width), k % width];
        let sum = hasBias ? values[at.bias + m] : 0;
        for (let t = 0; t < distances.length; t++) sum += values[w + t] * values[x + r * xRow + i + distances[t]];
        values[at.out + plane.out + m * outFilter + r * outRow + i * outCol] = sum;
      }
    }
  }
}
