import type { Engine } from '../engine/engine.js';
import { eachBlock, type PackedMatrix, packInt8, packMatrix, unpackMatrix, unpackScales } from './packing.js';
import { dequantizeMatrix, type QuantizedMatrix, quantizeMatrix } from './quantized.js';
import type { Parameter, ParameterDims } from './state-dict.js';

/** How a parameter is read and written. */
export type Access = Omit<Parameter, keyof ParameterDims>;

/** What holds the weights: an engine. */
type Memory = Pick<Engine, 'f32' | 'kernels'>;

/** A packed matrix and its address. */
export type PlacedMatrix = readonly [PackedMatrix, number];

/**
 * How a weight matrix is read and written that lies in one packed matrix or, its gates in groups, in several of one format.
 *
 * @param rows of the row-major matrix
 * @param cols of the row-major matrix
 * @param places asked each time: weights are placed after they are described
 */
export function matrixAccess(
  engine: Memory,
  rows: number,
  cols: number,
  places: () => readonly PlacedMatrix[],
): Access {
  if ((places()[0][0].format ?? 'float32') !== 'float32')
    return int8Access(cols, packedInt8(engine, rows, cols, places));
  return {
    read: () => {
      const data = new Float32Array(rows * cols);
      for (const [matrix, address] of places()) unpackMatrix(engine.f32, address, matrix, data, cols);
      return data;
    },
    write: (data) => {
      for (const [matrix, address] of places()) packMatrix(engine.f32, address, matrix, data, cols);
    },
    draw: (seed, first, bound) => {
      for (const [matrix, address] of places()) {
        eachBlock(address, matrix, (packed, step, row, col, count, width) => {
          const at = first + row * cols + col;
          engine.kernels.drawUniform(packed * 4, step, count, width, cols, seed, at, bound / 2 ** 31);
        });
      }
    },
  };
}

/** How an int8 matrix is read and written as float32, given how it is as int8. */
export function int8Access(cols: number, int8: NonNullable<Access['int8']>): Access {
  return {
    read: () => dequantizeMatrix(int8.read()),
    write: (data) => int8.write(quantizeMatrix(data, cols)),
    int8,
  };
}

function packedInt8(engine: Memory, rows: number, cols: number, places: () => readonly PlacedMatrix[]) {
  return {
    read: (): QuantizedMatrix => {
      const q = new Int8Array(rows * cols);
      const scales = new Float32Array(rows);
      const i8 = new Int8Array(engine.f32.buffer);
      for (const [matrix, address] of places()) {
        unpackMatrix(i8, address, matrix, q, cols);
        unpackScales(engine.f32, address, matrix, scales);
      }
      return { q, scales };
    },
    write: (quantized: QuantizedMatrix) => {
      for (const [matrix, address] of places()) packInt8(engine.f32.buffer, address, matrix, quantized, cols);
    },
  };
}
