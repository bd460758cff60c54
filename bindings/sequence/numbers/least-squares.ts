import { Matrix, QrDecomposition } from 'ml-matrix';

/** A linear regression on the first regressors of a table. */
export interface Regression {
  readonly parameters: Float64Array;
  /** Sum of squared residuals. */
  readonly squares: number;
  /** Diagonal of (XᵀX)⁻¹: a parameter's variance in units of the noise's. */
  readonly unscaledVariances: Float64Array;
}

/** A diagonal of R below this share of its column is rounding: the column is a combination of those before it. */
const SINGULAR = 1e-10;

/**
 * Least squares by one QR decomposition of [X y], which answers for X and for every table of its first columns: their R
 * and Qᵀy are corners of the same triangle.
 */
export class LeastSquares {
  readonly observations: number;
  private readonly r: Matrix;
  private readonly names: readonly string[];
  private readonly who: string;

  /**
   * @param rows of regressors and, last, the regressand
   * @param names of the regressors
   * @throws {RangeError} unless there are more rows than regressors
   */
  constructor(rows: readonly Float64Array[], names: readonly string[], who: string) {
    if (rows.length <= names.length) {
      throw new RangeError(
        `${who}: got ${rows.length} equations for ${names.length} parameters, expected more; give a longer series or a lower order`,
      );
    }
    this.observations = rows.length;
    this.r = new QrDecomposition(new Matrix(rows as Float64Array[])).upperTriangularMatrix;
    this.names = names;
    this.who = who;
  }

  /**
   * The regression on the first `count` regressors.
   *
   * @throws {Error} if one of them is a combination of those before it
   */
  solve(count: number): Regression {
    const inverse = this.invert(count);
    const last = this.names.length;
    const parameters = new Float64Array(count);
    const unscaledVariances = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      for (let j = i; j < count; j++) {
        parameters[i] += inverse[i][j] * this.r.get(j, last);
        unscaledVariances[i] += inverse[i][j] ** 2;
      }
    }
    let squares = 0;
    for (let j = count; j <= last; j++) squares += this.r.get(j, last) ** 2;
    return { parameters, squares, unscaledVariances };
  }

  /** Inverse of the leading triangle, by rows. */
  private invert(count: number): Float64Array[] {
    const { r } = this;
    const inverse = Array.from({ length: count }, () => new Float64Array(count));
    for (let j = 0; j < count; j++) {
      this.assertIndependent(j);
      inverse[j][j] = 1 / r.get(j, j);
      for (let i = j - 1; i >= 0; i--) {
        let sum = 0;
        for (let k = i + 1; k <= j; k++) sum += r.get(i, k) * inverse[k][j];
        inverse[i][j] = -sum / r.get(i, i);
      }
    }
    return inverse;
  }

  private assertIndependent(column: number): void {
    let norm = 0;
    for (let i = 0; i <= column; i++) norm += this.r.get(i, column) ** 2;
    if (Math.abs(this.r.get(column, column)) > SINGULAR * Math.sqrt(norm)) return;
    throw new Error(
      `${this.who}: got a singular system: ${this.names[column]} is a combination of the terms before it (a constant or exactly periodic series?), expected one with noise; leave out the trend or lower the order`,
    );
  }
}
