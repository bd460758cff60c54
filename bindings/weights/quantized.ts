import { refuse } from '../options.js';

/** How a layer keeps its weight matrices: as they came, or as int8 with a scale for each row. Biases are always float32. */
export type WeightFormat = 'float32' | 'int8';

/** How a weight matrix lies in wasm memory: int8 with two columns side by side, or four for hosts that multiply bytes. */
export type PackedFormat = WeightFormat | 'bytes';

/** How an engine lays a format out. */
export function packedFormat({ byteDots }: { readonly byteDots: boolean }, format: WeightFormat): PackedFormat {
  return format === 'int8' && byteDots ? 'bytes' : format;
}

/**
 * What kernels are told of the workspace in which an int8 product quantises its rows: `FLOAT32_ROWS` where matrices are float32,
 * else the address, a multiple of 16, whose bit 0 says that the matrices are in `bytes` format. Made by `quantizedAt` alone.
 */
export type QuantizedRows = number & { readonly __brand: 'QuantizedRows' };

/** For float32 matrices, which are not quantised. */
export const FLOAT32_ROWS = 0 as QuantizedRows;

/**
 * What kernels are told of a workspace in which an int8 product quantises its rows.
 *
 * @param address a multiple of 16
 */
export function quantizedAt(
  { byteDots }: { readonly byteDots: boolean },
  format: WeightFormat,
  address: number,
): QuantizedRows {
  if (format === 'float32') return FLOAT32_ROWS;
  return (byteDots ? address + 1 : address) as QuantizedRows;
}

/** A matrix as int8: element [r, c] is q[r, c] · scales[r]. */
export interface QuantizedMatrix {
  /** Row-major; −127 … 127 where it was made here. */
  readonly q: Int8Array;
  /** One for each row. */
  readonly scales: Float32Array;
}

/** What the name of a matrix is followed by in the name of its scales: `weight_ih_l0_scale`. */
export const SCALE_SUFFIX = '_scale';

/** The widest input that an int8 product takes: 65536 products of an int8 leave nine bits for each element of the input. */
export const WIDEST_INT8 = 65536;

/**
 * Checks the name of a format.
 *
 * @throws {TypeError} if it is not a string
 * @throws {RangeError} if it is neither float32 nor int8
 */
export function assertWeightFormat(value: unknown, who: string): asserts value is WeightFormat {
  if (value === 'float32' || value === 'int8') return;
  refuse(value, 'string', who, '"float32" or "int8"');
}

/** The format as an option of a description, where it is not the usual one: files of float32 models stay as they were. */
export function formatOption(weights: WeightFormat): { readonly weights?: WeightFormat } {
  return weights === 'float32' ? {} : { weights };
}

/**
 * Rounds every row of a matrix to a multiple of its greatest magnitude / 127, ties away from zero. Error: half a scale,
 * 1/254 of the row's greatest magnitude. A row with NaN or an infinity cannot be scaled and becomes NaN as a whole.
 *
 * @param data row-major
 * @param cols elements of a row
 */
export function quantizeMatrix(data: Float32Array, cols: number): QuantizedMatrix {
  const q = new Int8Array(data.length);
  const scales = new Float32Array(data.length / cols);
  for (let r = 0; r < scales.length; r++) {
    const end = (r + 1) * cols;
    let greatest = 0;
    for (let i = r * cols; i < end; i++) greatest = Math.max(greatest, Math.abs(data[i]));
    const scale = Math.fround(greatest / 127);
    scales[r] = Number.isFinite(scale) ? scale : Number.NaN;
    if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) continue;
    for (let i = r * cols; i < end; i++) {
      const magnitude = Math.min(Math.floor(Math.abs(data[i]) / scale + 0.5), 127);
      q[i] = data[i] < 0 ? -magnitude : magnitude;
    }
  }
  return { q, scales };
}

/** The float32 values that a quantised matrix stands for, row-major. */
export function dequantizeMatrix({ q, scales }: QuantizedMatrix): Float32Array {
  const cols = q.length / scales.length;
  const data = new Float32Array(q.length);
  for (let i = 0; i < q.length; i++) data[i] = q[i] * scales[Math.floor(i / cols)];
  return data;
}
