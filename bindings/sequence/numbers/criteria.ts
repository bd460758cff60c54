/** What a fit is worth, its parameters counted against it: less is better. */
export interface Criteria {
  /** Akaike 1974. */
  readonly aic: number;
  /** Akaike's, corrected for few observations (Hurvich and Tsai 1989). */
  readonly aicc: number;
  /** Schwarz 1978. */
  readonly bic: number;
  /** Hannan and Quinn 1979. */
  readonly hqic: number;
}

/** Name of a criterion. */
export type Criterion = keyof Criteria;

export const CRITERIA: readonly Criterion[] = ['aic', 'aicc', 'bic', 'hqic'];

/** The log-likelihood of normal residuals at their own mean square. */
export function gaussianLogLikelihood(squares: number, observations: number): number {
  return (-observations / 2) * (Math.log((2 * Math.PI * squares) / observations) + 1);
}

/**
 * All criteria, as statsmodels computes them for AutoReg.
 *
 * @param parameters estimated, the variance included
 */
export function criteriaOf(logLikelihood: number, observations: number, parameters: number): Criteria {
  const base = -2 * logLikelihood;
  const left = observations - parameters - 1;
  return {
    aic: base + 2 * parameters,
    aicc: left > 0 ? base + (2 * parameters * observations) / left : Number.POSITIVE_INFINITY,
    bic: base + Math.log(observations) * parameters,
    hqic: base + 2 * Math.log(Math.log(observations)) * parameters,
  };
}
