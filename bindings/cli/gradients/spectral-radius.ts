import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/**
 * The greatest magnitude of an eigenvalue: by how much a product with the matrix lengthens a vector in the long run.
 *
 * @param weights square blocks one below the other, row-major: W_hh of one gate or of several
 * @param size rows of a block
 * @returns that of the block that has the greatest
 */
export function spectralRadius(weights: Float32Array, size: number): number {
  let greatest = 0;
  for (let at = 0; at < weights.length; at += size * size) {
    const block = Matrix.from1DArray(size, size, Array.from(weights.subarray(at, at + size * size)));
    const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(block);
    realEigenvalues.forEach((real, i) => {
      greatest = Math.max(greatest, Math.hypot(real, imaginaryEigenvalues[i]));
    });
  }
  return greatest;
}
