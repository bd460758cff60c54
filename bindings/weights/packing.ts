import { padToLanes, padToTile, panelRows, TILE } from '../engine/abi.js';
import type { PackedFormat, QuantizedMatrix } from './quantized.js';

/** A run of rows (or columns) and where it begins in PyTorch's matrix and in the packed one. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/**
 * Where a matrix lies in wasm memory: its bias (`rows` floats), then panels of rows as `panelRows` cuts them, each column
 * by column. An int8 matrix has the scales of its rows (`rows` floats) after the bias, and goes two columns at a time. One of
 * bytes has their sums (`rows` int32) after the scales and goes four at a time, in panels of 16 but for a last one of 8. Rows
 * and columns that no run covers are padding and stay zero.
 */
export interface PackedMatrix {
  /** float32 unless given. */
  readonly format?: PackedFormat;
  /** Padded to whole tiles. */
  readonly rows: number;
  /** Padded to whole vectors. */
  readonly cols: number;
  readonly rowRuns: readonly Run[];
  readonly colRuns: readonly Run[];
}

/** Floats a packed matrix takes, bias included. */
export function packedSize(matrix: PackedMatrix): number {
  const { format = 'float32', rows, cols } = matrix;
  return rows * (VECTORS[format] + (format === 'float32' ? cols : cols / 4));
}

/** Vectors of one value a row before the panels: the bias, scales, sums. */
const VECTORS: Readonly<Record<PackedFormat, number>> = { float32: 1, int8: 2, bytes: 3 };

/** Columns whose elements lie side by side, because products take them in one lane. */
const TOGETHER: Readonly<Record<PackedFormat, number>> = { float32: 1, int8: 2, bytes: 4 };

/** The layout of an ordinary matrix: one run of rows, one of columns. */
export function plainMatrix(rows: number, cols: number, format: PackedFormat = 'float32'): PackedMatrix {
  return {
    format,
    rows: padToTile(rows),
    cols: padToLanes(cols),
    rowRuns: [{ from: 0, to: 0, count: rows }],
    colRuns: [{ from: 0, to: 0, count: cols }],
  };
}

/**
 * Equal blocks laid one after the other, each padded: how gates follow each other in rows, and directions in columns.
 *
 * @param size true size of a block
 * @param padded its size in wasm memory
 * @param blocks which of the source's blocks, in order
 * @param start where the first begins in the packed matrix
 */
export function blockRuns(size: number, padded: number, blocks: readonly number[], start = 0): Run[] {
  return blocks.map((block, i) => ({ from: block * size, to: start + i * padded, count: size }));
}

/**
 * Writes a row-major matrix into its panels.
 *
 * @param memory wasm memory as floats, or as int8 unless the matrix is float32
 * @param address of the packed matrix, in bytes
 * @param source row-major, `width` elements a row, of memory's type
 */
export function packMatrix<A extends Float32Array | Int8Array>(
  memory: A,
  address: number,
  matrix: PackedMatrix,
  source: A,
  width: number,
): void {
  walkPanels(address, matrix, width, (packed, step, plain, group, count) => {
    copyStrided(memory, packed, step, source, plain, group, count);
  });
}

/** Reads back what `packMatrix` wrote. */
export function unpackMatrix<A extends Float32Array | Int8Array>(
  memory: A,
  address: number,
  matrix: PackedMatrix,
  target: A,
  width: number,
): void {
  walkPanels(address, matrix, width, (packed, step, plain, group, count) => {
    copyStrided(target, plain, group, memory, packed, step, count);
  });
}

/** Writes a vector of one value a row into the matrix's bias. */
export function packBias(memory: Float32Array, address: number, matrix: PackedMatrix, bias: Float32Array): void {
  for (const { from, to, count } of matrix.rowRuns) memory.set(bias.subarray(from, from + count), address / 4 + to);
}

/** Writes all of an int8 matrix but its bias, `width` elements a row. */
export function packInt8(
  buffer: ArrayBuffer,
  address: number,
  matrix: PackedMatrix,
  { q, scales }: QuantizedMatrix,
  width: number,
): void {
  packMatrix(new Int8Array(buffer), address, matrix, q, width);
  packBias(new Float32Array(buffer), address + matrix.rows * 4, matrix, scales);
  if (matrix.format !== 'bytes') return;
  const sums = new Int32Array(buffer, address + matrix.rows * 8, matrix.rows);
  for (const { from, to, count } of matrix.rowRuns) {
    for (let r = 0; r < count; r++) {
      const row = (from + r) * width;
      sums[to + r] = q.subarray(row, row + width).reduce((sum, weight) => sum + weight, 0);
    }
  }
}

/** Reads back the scales that `packInt8` wrote. */
export function unpackScales(memory: Float32Array, address: number, matrix: PackedMatrix, scales: Float32Array): void {
  const start = address / 4 + matrix.rows;
  for (const { from, to, count } of matrix.rowRuns) {
    scales.set(memory.subarray(start + to, start + to + count), from);
  }
}

/**
 * Copies elements that lie a step apart. All weights go through this one loop, so that it is compiled after the first of them.
 *
 * @param toStart where the first goes, in elements
 * @param toStep from there to the next
 */
export function copyStrided(
  to: Float32Array | Int8Array,
  toStart: number,
  toStep: number,
  from: ArrayLike<number>,
  fromStart: number,
  fromStep: number,
  count: number,
): void {
  let a = toStart;
  let b = fromStart;
  for (let i = 0; i < count; i++, a += toStep, b += fromStep) to[a] = from[b];
}

/**
 * Visits every run of columns of every row, as many times as columns go together: where its first element lies packed and how
 * far it is from there to the next, the same for the row-major matrix, and how many there are. Places count elements.
 */
function walkPanels(
  address: number,
  matrix: PackedMatrix,
  width: number,
  visit: (packed: number, packedStep: number, plain: number, plainStep: number, count: number) => void,
): void {
  const { format = 'float32' } = matrix;
  const group = TOGETHER[format];
  const panels = (address + matrix.rows * 4 * VECTORS[format]) / (format === 'float32' ? 4 : 1);
  const begins = panelBegins(matrix);
  for (const rows of matrix.rowRuns) {
    for (let r = 0; r < rows.count; r++) {
      const row = rows.to + r;
      const begin = begins[Math.floor(row / TILE)];
      const step = panelAt(matrix, begin);
      const start = panels + begin * matrix.cols + (row - begin) * group;
      for (const { from, to, count } of matrix.colRuns) {
        const plain = (rows.from + r) * width + from;
        for (let i = 0; i < group; i++) {
          visit(start + to * step + i, group * step, plain + i, group, Math.ceil((count - i) / group));
        }
      }
    }
  }
}

/** The first row of the panel that each tile of rows lies in. */
function panelBegins(matrix: PackedMatrix): number[] {
  const begins: number[] = [];
  for (let begin = 0; begin < matrix.rows; begin += panelAt(matrix, begin)) {
    for (let tile = 0; tile < panelAt(matrix, begin); tile += TILE) begins.push(begin);
  }
  return begins;
}

/** The rows of the panel that begins with this one. */
function panelAt({ format, rows }: PackedMatrix, begin: number): number {
  return format === 'bytes' ? Math.min(rows - begin, 2 * TILE) : panelRows(rows - begin);
}

/**
 * Copies rows of floats between a tight array and one whose rows are padded, either way.
 *
 * @param rows how many
 * @param width floats of a row that count
 */
export function copyRows(
  to: Float32Array,
  toStart: number,
  toStride: number,
  from: Float32Array,
  fromStart: number,
  fromStride: number,
  rows: number,
  width: number,
): void {
  // `subarray` makes an object: worth it for a whole sequence, not for a step that promises to allocate nothing.
  if (toStride === width && fromStride === width && rows > 1) {
    to.set(from.subarray(fromStart, fromStart + rows * width), toStart);
    return;
  }
  for (let r = 0; r < rows; r++) {
    const a = toStart + r * toStride;
    const b = fromStart + r * fromStride;
    for (let i = 0; i < width; i++) to[a + i] = from[b + i];
  }
}
