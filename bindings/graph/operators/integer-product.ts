import { quantizedSize } from '../../engine/abi.js';
import { type PackedMatrix, packedSize, packInt8, plainMatrix } from '../../weights/packing.js';
import { packedFormat, quantizedAt } from '../../weights/quantized.js';
import type { TensorValue } from '../graph.js';
import type { Place } from '../operator.js';

/** Weights of a product: integers from −255 to 255, known when a plan is made, a row for each output. */
export interface IntegerWeights {
  /** Outputs, and elements of a row. */
  readonly rows: number;
  readonly cols: number;
  /** Whether all of them are int8: their zero points are 0. */
  readonly areBytes: boolean;
  /** What they are made of, and a name for how. */
  readonly sources: readonly (TensorValue | undefined)[];
  readonly form: string;
  at(row: number, col: number): number;
  /** What a row's sums are multiplied by; 1 unless given. */
  scale?(row: number): number;
}

/** Columns of a product whose sums a float32 still holds exactly: 256 · 255 · 128 is less than 2²⁴. */
const EXACT_COLS = 256;

/** The most a kernel's int8 product makes of an element of x: see `quantizedLimit`. */
function limitOf(cols: number, byteDots: boolean): number {
  return Math.min(byteDots ? 8191 : 32767, Math.floor(0x7fffffff / (128 * cols)));
}

/**
 * Products of integer weights with rows of integers, by the kernels' int8 product. That rounds a row to multiples of its greatest
 * magnitude / `limitOf(cols)`; each row ends with one element more, of that magnitude, whose weights are 0, so that the multiples are
 * the integers themselves.
 */
export class IntegerProduct {
  /** Floats of workspace. */
  readonly scratch: number;
  /** Floats from one row of results to the next. */
  readonly stride: number;
  private readonly matrices: readonly PackedMatrix[];
  /** The first column of each block, and one past the last. */
  private readonly cuts: readonly number[];
  private readonly rowFloats: number;

  /**
   * @param count rows of x at a time
   * @param exact whether sums are int32; otherwise float32, each rounded once, times the weights' scales
   */
  constructor(
    private readonly count: number,
    private readonly weights: IntegerWeights,
    private readonly exact: boolean,
  ) {
    const { rows, cols } = weights;
    const cuts = [0];
    const step = exact ? EXACT_COLS : cols;
    for (let at = 0; at < cols; at = cuts[cuts.length - 1]) cuts.push(Math.min(cols, at + step));
    this.cuts = cuts;
    this.matrices = cuts.slice(1).map((end, i) => plainMatrix(rows, end - cuts[i] + 1));
    this.rowFloats = this.matrices.reduce((sum, matrix) => sum + matrix.cols, 0);
    this.stride = this.matrices[0].rows;
    const widest = Math.max(...this.matrices.map((matrix) => matrix.cols));
    this.scratch = count * (this.rowFloats + quantizedSize(widest) + 2 * this.stride);
  }

  /**
   * @param address of `scratch` floats
   * @returns what loads row `r` with the numbers of a run less `zero`, times `factor`; and what multiplies, to where
   */
  bind(place: Place, address: number) {
    const { count, weights, exact, matrices, cuts, rowFloats, stride } = this;
    const { kernels, memory, byteDots } = place;
    const format = packedFormat({ byteDots }, 'int8');
    const pieces = weights.areBytes ? 1 : 3;
    const packed = matrices.flatMap((matrix, m) =>
      Array.from({ length: pieces }, (_, piece) => {
        const laidOut = { ...matrix, format };
        const form = `${weights.form} ${cuts[m]} ${cuts[m + 1]} ${piece} ${format}`;
        return place.packed(weights.sources, form, packedSize(laidOut), (f32, to) =>
          packPiece(f32.buffer as ArrayBuffer, to, laidOut, weights, cuts[m], piece),
        );
      }),
    );
    const out = address;
    const part = out + count * stride * 4;
    const x = part + count * stride * 4;
    const q = quantizedAt({ byteDots }, 'int8', x + count * rowFloats * 4);
    const load = (r: number, values: ArrayLike<number>, from: number, zero: number, factor: number): void => {
      const { f32 } = memory;
      let to = x / 4 + r * rowFloats;
      for (let m = 0; m < matrices.length; m++) {
        const { cols } = matrices[m];
        const width = cuts[m + 1] - cuts[m];
        const first = from + cuts[m];
        for (let i = 0; i < width; i++) f32[to + i] = (values[first + i] - zero) * factor;
        f32[to + width] = limitOf(cols, byteDots) * factor;
        for (let i = width + 1; i < cols; i++) f32[to + i] = 0;
        to += cols;
      }
    };
    const run = (): void => {
      let from = x;
      for (let m = 0; m < matrices.length; m++) {
        const { rows, cols } = matrices[m];
        for (let piece = 0; piece < pieces; piece++) {
          const isFirst = m === 0 && piece === 0;
          const to = isFirst && !exact ? out : part;
          kernels.storedAffine(to, packed[m * pieces + piece], from, q, count, rows, cols, stride, rowFloats);
          if (to === out) continue;
          const sums = exact ? memory.i32 : memory.f32;
          for (let i = 0; i < count * stride; i++) {
            const sum = memory.f32[part / 4 + i];
            sums[out / 4 + i] = isFirst ? sum : sums[out / 4 + i] + sum;
          }
        }
        from += cols * 4;
      }
    };
    return { load, run, out };
  }
}

/** One of the int8 matrices that add up to the weights, of one block of columns. */
function packPiece(
  buffer: ArrayBuffer,
  address: number,
  matrix: PackedMatrix,
  weights: IntegerWeights,
  first: number,
  piece: number,
): void {
  const [{ count: rows }] = matrix.rowRuns;
  const [{ count: width }] = matrix.colRuns;
  const q = new Int8Array(rows * width);
  const scales = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    scales[r] = weights.scale?.(r) ?? 1;
    for (let c = 0; c < width - 1; c++) {
      const value = weights.at(r, first + c);
      // Int8 has room for half of what two bytes may differ by: the rest goes into the next piece.
      let rest = value;
      let part = 0;
      for (let k = 0; k <= piece; k++) {
        rest -= part;
        part = Math.max(-128, Math.min(127, rest));
      }
      q[r * width + c] = part;
    }
  }
  packInt8(buffer, address, matrix, { q, scales }, width);
}
