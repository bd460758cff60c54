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
  moveMatrix(memory, address, matrix, source, width, false);
}

/** Reads back what `packMatrix` wrote. */
export function unpackMatrix<A extends Float32Array | Int8Array>(
  memory: A,
  address: number,
  matrix: PackedMatrix,
  target: A,
  width: number,
): void {
  moveMatrix(memory, address, matrix, target, width, true);
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
    let at = from * width;
    for (let r = 0; r < count; r++) {
      let sum = 0;
      for (let c = 0; c < width; c++) sum += q[at++];
      sums[to + r] = sum;
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

/** Copies between panels and a row-major matrix, to the one or the other. */
function moveMatrix<A extends Float32Array | Int8Array>(
  memory: A,
  address: number,
  matrix: PackedMatrix,
  plain: A,
  width: number,
  isRead: boolean,
): void {
  const group = TOGETHER[matrix.format ?? 'float32'];
  eachBlock(address, matrix, (packed, step, row, col, rows, cols) => {
    for (let r = 0; r < rows; r++) {
      const start = (row + r) * width + col;
      for (let i = 0; i < group; i++) {
        let at = packed + r * group + i;
        for (let c = i; c < cols; c += group, at += group * step) {
          if (isRead) plain[start + c] = memory[at];
          else memory[at] = plain[start + c];
        }
      }
    }
  });
}

/**
 * Visits the blocks of a packed matrix that one run of rows and one of columns have in one panel: where in memory, counted in
 * elements, the block begins and how far it is from there to the next column (rows lie next to each other), and which rows
 * and columns of the row-major matrix it holds.
 */
export function eachBlock(
  address: number,
  matrix: PackedMatrix,
  visit: (packed: number, step: number, row: number, col: number, rows: number, cols: number) => void,
): void {
  const { format = 'float32', rows, cols, rowRuns, colRuns } = matrix;
  const panels = (address + rows * 4 * VECTORS[format]) / (format === 'float32' ? 4 : 1);
  for (let begin = 0, step = 0; begin < rows; begin += step) {
    step = panelAt(matrix, begin);
    for (const run of rowRuns) {
      const first = Math.max(begin, run.to);
      const count = Math.min(begin + step, run.to + run.count) - first;
      if (count <= 0) continue;
      const start = panels + begin * cols + (first - begin) * TOGETHER[format];
      for (const { from, to, count: width } of colRuns)
        visit(start + to * step, step, run.from + first - run.to, from, count, width);
    }
  }
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
