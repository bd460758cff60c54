/** Functions of one element that every graph may have, apart from the table of all that files name, which few need. */

/** A function of one number. */
export type ScalarFunction = (x: number) => number;

export const sigmoid: ScalarFunction = (x) => 1 / (1 + Math.exp(-x));
/** log(1 + e^x) without overflow. */
export const softplus: ScalarFunction = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
/** max and min that let NaN through, as `Math.max` and `Math.min` do. */
export const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

type Shaped = (alpha: number, beta: number) => ScalarFunction;
export const hardSigmoid: Shaped = (alpha, beta) => (x) => clamp(alpha * x + beta, 0, 1);
export const leakyRelu: Shaped = (alpha) => (x) => (x < 0 ? alpha * x : x);
export const elu: Shaped = (alpha) => (x) => (x < 0 ? alpha * Math.expm1(x) : x);

/**
 * The error function, by the series 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!, whose terms all have one sign: nothing
 * cancels, so it is right to double precision. Source: NIST Digital Library of Mathematical Functions, 7.6.2.
 */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
