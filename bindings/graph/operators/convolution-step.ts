import { sizeOf } from '../dims.js';
import { STORAGE } from '../dtype.js';
import { Memory } from '../memory.js';
import type { Place, Prepared, Site, Step } from '../operator.js';
import { type Grid, layOut } from './convolution-grid.js';
import { bindDistances, type Sweep, sweep, sweepPlain, TILE_ROOM } from './convolution-sweep.js';

/** A sweep and its weights. */
export interface Part {
  readonly of: Sweep;
  /** Floats of workspace in which weights are put in order before every run. 0 unless given. */
  readonly room?: number;
  /**
   * Gives the address of the weights.
   *
   * @param room address of that workspace
   * @returns what puts them there too, where that is to be done before every run
   */
  weights(place: Place, room: number): number | { readonly address: number; readonly before: Step };
}

/**
 * The step of a node over [N, C, …] that sweeps over every sample, laid out in a grid; the third input, if there is one, is
 * the bias.
 *
 * @param dims the output's
 * @param size elements of a sample
 */
export function gridPrepared(
  site: Site,
  dims: readonly number[],
  size: number,
  grid: Grid,
  parts: readonly Part[],
): Prepared {
  const { dtype } = site.input(0);
  const { view, bytes } = STORAGE[dtype];
  const floats = bytes / 4;
  const isSingle = view === 'f32';
  const result = isSingle ? Math.max(...parts.map(({ of }) => of.room)) : 0;
  const tile = isSingle ? TILE_ROOM : 0;
  const even = (count: number) => 4 * Math.ceil(count / 4);
  // A copy of the sample, in which denormal numbers are zeros, where no grid is one.
  const copy = isSingle && !grid.room ? even(size) : 0;
  const own = even(tile + copy + (grid.room + result) * floats);
  const scratch = own + parts.reduce((sum, { room = 0 }) => sum + even(room), 0);
  return {
    outputs: [{ dtype, dims }],
    scratch,
    bind: (place) => {
      const { input, output, memory, kernels, graphKernels } = place;
      const [x, out] = [input(0), output(0)].map((address) => Memory.index(address, view));
      const bias = site.inputs[2] ? input(2) : 0;
      const unit = isSingle ? 1 : bytes;
      const laidOut = place.scratch + tile * 4;
      let room = place.scratch + own * 4;
      const before: Step[] = [];
      const bound = parts.map((part) => {
        const weights = part.weights(place, room);
        room += even(part.room ?? 0) * 4;
        if (typeof weights !== 'number') before.push(weights.before);
        const w = (typeof weights === 'number' ? weights : weights.address) / unit;
        const at = {
          x: laidOut / unit,
          out: 0,
          w,
          bias: bias / unit,
          distances: isSingle ? bindDistances(place, part.of) : 0,
          tile: place.scratch,
          result: laidOut + (copy + grid.room) * 4,
        };
        return { of: part.of, at };
      });
      const outSize = sizeOf(dims.slice(1));
      return () => {
        for (const prepare of before) prepare();
        const values = memory[view];
        for (let n = 0; n < dims[0]; n++) {
          const from = x + n * size;
          if (grid.room) layOut(grid, values, Memory.index(laidOut, view), from, isSingle ? graphKernels : undefined);
          else if (isSingle) values.copyWithin(laidOut / 4, from, from + size);
          if (isSingle) kernels.flushTiny(laidOut, even(copy + grid.room));
          for (const { of, at } of bound) {
            at.out = (out + n * outSize) * (isSingle ? 4 : 1);
            if (!grid.room && !isSingle) at.x = from;
            if (isSingle) sweep(place, of, at);
            else sweepPlain(values, of, at, bias !== 0);
          }
        }
      };
    },
  };
}
