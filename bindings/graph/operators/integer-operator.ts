import { sizeOf } from '../dims.js';
import { type Dtype, STORAGE, type Values } from '../dtype.js';
import { tensorOf } from '../graph.js';
import { Memory } from '../memory.js';
import type { Known, Prepared, Site } from '../operator.js';
import { IntegerProduct } from './integer-product.js';

/** Rows of x that are multiplied at a time. */
const TILE = 64;

/** Sums of products of two integer tensors, and what becomes of them. */
export interface IntegerOperator {
  readonly output: { readonly dtype: Dtype; readonly dims: readonly number[] };
  /** Rows of x, elements of each, and outputs for each. */
  readonly count: number;
  readonly width: number;
  readonly outputs: number;
  readonly weights: Known;
  /** Where weight (output, element) of the matrix for row `r` is; one matrix for all rows is multiplied by a kernel. */
  readonly isOneMatrix: boolean;
  weightAt(r: number, output: number, element: number): number;
  readonly weightZeros: Known | undefined;
  /** Copies row `r` of x, less its zero point. Reads only what the step was given before. */
  row(to: Int32Array, r: number): void;
  /** Called before each run, with every input's array and where it begins there. */
  begin(from: readonly Values[], at: readonly number[]): void;
  /** Where the sum (row, output) goes, and as what. */
  place(r: number, output: number): number;
  finish(r: number, output: number, sum: number): number;
}

/** Prepares such sums: by the kernels of bytes where one matrix of known weights is for all rows, else one by one. */
export function integerOperator(site: Site, of: IntegerOperator): Prepared {
  const { output, count, width, outputs, weights, weightZeros } = of;
  if (output.dims.includes(0)) return { outputs: [{ constant: tensorOf(output.dtype, output.dims, []) }] };
  const zeroOf = (zeros: ArrayLike<number> | undefined, first: number, n: number) =>
    zeros && weightZeros ? zeros[first + (sizeOf(weightZeros.dims) === 1 ? 0 : n)] : 0;
  const known = weights.constant;
  const zeros = weightZeros?.constant;
  const isKnown = of.isOneMatrix && width > 0 && width < 65536 && known && (!weightZeros || zeros);
  const product = isKnown
    ? new IntegerProduct(
        Math.min(TILE, count),
        {
          rows: outputs,
          cols: width,
          areBytes: weights.dtype === 'int8' && !zeros?.data.some((zero) => zero !== 0),
          sources: [known, zeros],
          form: `integers ${outputs} ${width} ${of.weightAt(0, 0, 1)}`,
          at: (r, c) => known.data[of.weightAt(0, r, c)] - zeroOf(zeros?.data, 0, r),
        },
        true,
      )
    : undefined;
  return {
    outputs: [output],
    scratch: product?.scratch ?? 0,
    bind: (place) => {
      const views = Array.from(site.inputs, (input) => input && STORAGE[input.dtype].view);
      const at = views.map((view, i) => (view ? Memory.index(place.input(i), view) : 0));
      const from = views.map((view) => place.memory[view ?? 'u8'] as Values);
      const { view } = STORAGE[output.dtype];
      const o = Memory.index(place.output(0), view);
      const bound = product?.bind(place, place.scratch);
      const row = new Int32Array(width);
      const weightInput = site.inputs.indexOf(weights);
      const zeroInput = weightZeros ? site.inputs.indexOf(weightZeros) : -1;
      return () => {
        for (let i = 0; i < views.length; i++) {
          const name = views[i];
          if (name) from[i] = place.memory[name];
        }
        of.begin(from, at);
        const to = place.memory[view];
        if (!bound || !product) {
          const w = from[weightInput];
          const z = zeroInput < 0 ? undefined : from[zeroInput];
          for (let r = 0; r < count; r++) {
            of.row(row, r);
            for (let n = 0; n < outputs; n++) {
              const zero = zeroOf(z, at[zeroInput], n);
              let sum = 0;
              for (let k = 0; k < width; k++) sum += row[k] * (w[at[weightInput] + of.weightAt(r, n, k)] - zero);
              to[o + of.place(r, n)] = of.finish(r, n, sum | 0);
            }
          }
          return;
        }
        for (let first = 0; first < count; first += TILE) {
          const rows = Math.min(TILE, count - first);
          for (let r = 0; r < rows; r++) {
            of.row(row, first + r);
            bound.load(r, row, 0, 0, 1);
          }
          bound.run();
          const sums = place.memory.i32;
          for (let r = 0; r < rows; r++) {
            const start = bound.out / 4 + r * product.stride;
            for (let n = 0; n < outputs; n++) {
              to[o + of.place(first + r, n)] = of.finish(first + r, n, sums[start + n]);
            }
          }
        }
      };
    },
  };
}
