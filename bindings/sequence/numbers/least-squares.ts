import { HiddenstateError, rangeError } from '../../errors.js';

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
  /** r[j][i]: row i of column j of the triangle. */
  private readonly r: readonly Float64Array[];
  private readonly names: readonly string[];
  private readonly who: string;

  /**
   * @param columns of regressors and, last, of the regressand; overwritten
   * @param names of the regressors
   * @throws {RangeError} unless there are more rows than regressors
   */
  constructor(columns: readonly Float64Array[], names: readonly string[], who: string) {
    const [{ length }] = columns;
    if (length <= names.length) {
      throw rangeError(
        `${who}: got ${length} equations for ${names.length} parameters, expected more; give a longer series or a lower order`,
      );
    }
    this.observations = length;
    triangularise(columns);
    this.r = columns;
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
        parameters[i] += inverse[i][j] * this.r[last][j];
        unscaledVariances[i] += inverse[i][j] ** 2;
      }
    }
    let squares = 0;
    for (let j = count; j <= last; j++) squares += this.r[last][j] ** 2;
    return { parameters, squares, unscaledVariances };
  }

  /** Inverse of the leading triangle, by rows. */
  private invert(count: number): Float64Array[] {
    const { r } = this;
    const inverse = Array.from({ length: count }, () => new Float64Array(count));
    for (let j = 0; j < count; j++) {
      this.assertIndependent(j);
      inverse[j][j] = 1 / r[j][j];
      for (let i = j - 1; i >= 0; i--) {
        let sum = 0;
        for (let k = i + 1; k <= j; k++) sum += r[k][i] * inverse[k][j];
        inverse[i][j] = -sum / r[i][i];
      }
    }
    return inverse;
  }

  private assertIndependent(column: number): void {
    let norm = 0;
    for (let i = 0; i <= column; i++) norm += this.r[column][i] ** 2;
    if (Math.abs(this.r[column][column]) > SINGULAR * Math.sqrt(norm)) return;
    throw new HiddenstateError(
      'DATA',
      `${this.who}: got a singular system: ${this.names[column]} is a combination of the terms before it (a constant or exactly periodic series?), expected one with noise; leave out the trend or lower the order`,
    );
  }
}

/**
 * Leaves R of a QR decomposition in the upper triangle of a table, by Householder's reflections (Golub and Van Loan, §5.2).
 * By columns: ml-matrix, which goes by rows of arrays, takes three times as long on 5000 rows.
 */
function triangularise(columns: readonly Float64Array[]): void {
  columns.forEach((column, k) => {
    let squares = 0;
    for (let i = k; i < column.length; i++) squares += column[i] * column[i];
    if (squares === 0 || k >= column.length) return;
    const norm = Math.sqrt(squares);
    const diagonal = column[k] > 0 ? -norm : norm;
    const factor = 1 / (squares - diagonal * column[k]);
    column[k] -= diagonal;
    for (let j = k + 1; j < columns.length; j++) reflect(columns[j], column, k, factor);
    column[k] = diagonal;
  });
}

function reflect(column: Float64Array, along: Float64Array, from: number, factor: number): void {
  let product = 0;
  for (let i = from; i < column.length; i++) product += along[i] * column[i];
  product *= factor;
  for (let i = from; i < column.length; i++) column[i] -= product * along[i];
}
