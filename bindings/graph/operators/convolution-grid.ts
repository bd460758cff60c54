import type { GraphKernels } from '../abi.js';
import { sizeOf } from '../dims.js';
import type { Values } from '../dtype.js';

/** How a convolution reads one axis of its input: `size` elements from `first` on, of which those outside are zero. */
export interface Reach {
  readonly extent: number;
  /** Less than 0 where there is padding. */
  readonly first: number;
  readonly size: number;
  readonly stride: number;
  /** Where each tap of the kernel falls for the first place, from `first` on. */
  readonly taps: readonly number[];
}

/**
 * A sample laid out so that a tap of the kernel is the same distance from a place whatever the place, and the places of a row
 * lie side by side: with its padding, and along the last axis in the phases of the stride, one after another: what the
 * first tap falls on at any place, then what those after it do. Counts in elements.
 */
export interface Grid {
  /** From a channel to the next. */
  readonly channel: number;
  /** From a place to the next along every axis. */
  readonly steps: readonly number[];
  /** By tap of the kernel, row-major. */
  readonly distances: readonly number[];
  /** What the grid takes; 0 where the sample is used as it lies. */
  readonly room: number;
  /** How the sample gets there: blocks of rows, once or for every channel, each `source` elements after the last. */
  readonly blocks: readonly Block[];
  readonly times: number;
  readonly source: number;
  readonly rows: number;
  readonly toRow: number;
  readonly fromRow: number;
  readonly fromCol: number;
}

interface Block {
  readonly to: number;
  readonly from: number;
  readonly cols: number;
}

/** So many places are read at once: the end of a grid is so much longer. */
const SLACK = 16;

/**
 * Plans a grid.
 *
 * @param reaches of all axes after the first two
 * @param channels of the sample, at least 1
 * @param mayStay whether the sample may be used as it lies, where it needs no padding and no phases
 */
export function gridOf(reaches: readonly Reach[], channels: number, mayStay: boolean): Grid {
  const last = reaches.length - 1;
  const { extent, first, stride, taps, size } = reaches[last];
  const extents = reaches.map((reach) => reach.extent);
  const source = sizeOf(extents);
  const stays = mayStay && stride === 1 && reaches.every((reach) => reach.first === 0 && reach.size <= reach.extent);
  const phases = [...new Set(taps.map((tap) => tap % stride))];
  const phase = Math.ceil(size / stride);
  const shape = stays ? extents : [...reaches.slice(0, -1).map((reach) => reach.size), phase * phases.length];
  const [lengths, tight] = [shape, extents].map((of) => of.map((_, d) => sizeOf(of.slice(d + 1))));
  const channel = stays ? source : apart(sizeOf(shape));
  let distances = [0];
  reaches.forEach((reach, d) => {
    const steps = reach.taps.map((tap) =>
      d === last ? phases.indexOf(tap % stride) * phase + Math.floor(tap / stride) : tap * lengths[d],
    );
    distances = distances.flatMap((start) => steps.map((step) => start + step));
  });

  // The axes before the last two are walked one by one; the last but one gives a block its rows.
  let starts = [{ to: 0, from: 0 }];
  let rows = 1;
  reaches.slice(0, -1).forEach((reach, d) => {
    const low = Math.max(0, -reach.first);
    const count = Math.max(0, Math.min(reach.size, reach.extent - reach.first) - low);
    if (d === last - 1) rows = count;
    const walked = Array.from({ length: d === last - 1 ? Math.min(1, count) : count }, (_, i) => low + i);
    starts = starts.flatMap(({ to, from }) =>
      walked.map((at) => ({ to: to + at * lengths[d], from: from + (at + reach.first) * tight[d] })),
    );
  });
  const blocks: Block[] = [];
  phases.forEach((offset, slot) => {
    const low = Math.max(0, Math.ceil((-first - offset) / stride));
    const cols = Math.min(phase, Math.floor((extent - 1 - first - offset) / stride) + 1) - low;
    if (cols <= 0 || stays) return;
    for (const { to, from } of starts) {
      blocks.push({ to: to + slot * phase + low, from: from + low * stride + offset + first, cols });
    }
  });
  const single = rows === 1;
  return {
    channel,
    steps: reaches.map((reach, d) => (d === last ? 1 : reach.stride * lengths[d])),
    distances,
    room: stays ? 0 : channels * channel + SLACK,
    blocks,
    times: single ? 1 : channels,
    source,
    rows: single ? channels : rows,
    toRow: single ? channel : lengths[last - 1],
    fromRow: single ? source : tight[last - 1],
    fromCol: stride,
  };
}

/** Whole cache lines, an odd number: channels a power of two apart would share a few places of the cache. */
function apart(size: number): number {
  const lines = Math.ceil(size / 16);
  return size < 64 ? size : 16 * (lines % 2 ? lines : lines + 1);
}

/**
 * Lays a sample out.
 *
 * @param to where the grid begins, in elements of `values`, as `from`
 * @param kernels given where the elements are floats of 4 bytes
 */
export function layOut(grid: Grid, values: Values, to: number, from: number, kernels: GraphKernels | undefined): void {
  const { blocks, times, rows, toRow, fromRow, fromCol, channel, source, room } = grid;
  values.fill(0, to, to + room);
  for (let c = 0; c < times; c++) {
    for (let k = 0; k < blocks.length; k++) {
      const block = blocks[k];
      const [a, b] = [to + c * channel + block.to, from + c * source + block.from];
      if (kernels) kernels.copyBlock(a * 4, b * 4, toRow, 1, fromRow, fromCol, rows, block.cols);
      else copyPlain(values, a, b, grid, block.cols);
    }
  }
}

function copyPlain(
  values: Values,
  to: number,
  from: number,
  { rows, toRow, fromRow, fromCol }: Grid,
  cols: number,
): void {
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < cols; i++) values[to + r * toRow + i] = values[from + r * fromRow + i * fromCol];
  }
}
