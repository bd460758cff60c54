/** Numbers whose common power of two stands apart: none is too large or too small. */

/** Beyond 2^±this a power of two is taken out. */
const MOST = 256;

/** The power of two that brings the greatest of some numbers near 1; 0 as long as it is not far from there. */
export function excess(parts: readonly (Float64Array | undefined)[]): number {
  let most = 0;
  for (const part of parts) {
    if (part) for (let i = 0; i < part.length; i++) if (Math.abs(part[i]) > most) most = Math.abs(part[i]);
  }
  const exponent = most > 0 && most < Number.POSITIVE_INFINITY ? Math.floor(Math.log2(most)) : 0;
  return Math.abs(exponent) > MOST ? exponent : 0;
}

/** Multiplies by 2^exponent, in two steps, since 2^1100 itself is none. */
export function scaleBy(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}

/** The Euclidean norm. */
export function normOf(parts: readonly Float64Array[]): number {
  let most = 0;
  for (const part of parts) for (let i = 0; i < part.length; i++) most = Math.max(most, Math.abs(part[i]));
  if (most === 0) return 0;
  let sum = 0;
  for (const part of parts) for (let i = 0; i < part.length; i++) sum += (part[i] / most) ** 2;
  return most * Math.sqrt(sum);
}

/** The decimal logarithm of value · 2^exponent. */
export function logOf(value: number, exponent: number): number {
  return Math.log10(value) + exponent * Math.log10(2);
}
