import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** A complex number. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/**
 * The roots of 1 − φ₁z − … − φ_p z^p, all outside the unit circle where the autoregression is stationary: reciprocals of
 * the eigenvalues of its companion matrix. Trailing zero coefficients have no root.
 */
export function arRoots(coefficients: Float64Array): Complex[] {
  const order = coefficients.findLastIndex((value) => value !== 0) + 1;
  if (order === 0) return [];
  const companion = Matrix.zeros(order, order);
  for (let k = 0; k < order; k++) {
    companion.set(0, k, coefficients[k]);
    if (k > 0) companion.set(k, k - 1, 1);
  }
  const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(companion, { assumeSymmetric: false });
  return realEigenvalues.map((re, k) => {
    const im = imaginaryEigenvalues[k];
    const square = re * re + im * im;
    return { re: re / square, im: -im / square };
  });
}

/** The weights ψ of past noise in a value: ψ₀ = 1, ψ_j = Σ φ_i ψ_{j−i}. */
export function psiWeights(coefficients: Float64Array, count: number): Float64Array {
  const psi = new Float64Array(count);
  for (let j = 0; j < count; j++) {
    psi[j] = j === 0 ? 1 : 0;
    for (let i = 1; i <= Math.min(j, coefficients.length); i++) psi[j] += coefficients[i - 1] * psi[j - i];
  }
  return psi;
}
