import { normalOf, type Random } from '../random.js';

/**
 * A random matrix whose rows or columns, whichever are fewer, are orthonormal: W·Wᵀ = I or Wᵀ·W = I, uniform among all
 * such (a normal matrix, orthonormalised). Gram–Schmidt in float64, each vector twice, which is enough for orthogonality
 * to rounding (Giraud et al. 2005).
 *
 * Cost: min(rows, columns)² · max(rows, columns) multiply-adds, twice.
 *
 * @returns row-major, rows × columns
 */
export function orthogonalMatrix(rows: number, columns: number, random: Random): Float32Array {
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const normal = normalOf(random);
  const vectors: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    const vector = Float64Array.from({ length }, normal);
    for (let pass = 0; pass < 2; pass++) {
      for (const other of vectors) subtract(vector, other, dot(vector, other));
      const norm = Math.sqrt(dot(vector, vector));
      for (let i = 0; i < length; i++) vector[i] /= norm;
    }
    vectors.push(vector);
  }
  const wide = columns > rows;
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return wide ? vectors[row][column] : vectors[column][row];
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function subtract(from: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < from.length; i++) from[i] -= factor * other[i];
}
