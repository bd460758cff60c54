/** Whether frames of a size have a fast transform: at least 2, with no prime factors but 2, 3 and 5. */
export function hasFastTransform(size: number): boolean {
  if (!Number.isSafeInteger(size) || size < 2) return false;
  let left = size;
  for (const factor of [2, 3, 5]) while (left % factor === 0) left /= factor;
  return left === 1;
}

/**
 * The factors that `realFft` and `inverseRealFft` need for frames of a size, computed in float64.
 *
 * @param size one that `hasFastTransform`
 */
export function transformTable(size: number): Float32Array {
  const half = size % 2 ? size : size / 2;
  const table: number[] = [];
  for (let n = half; n > 1; ) {
    const radix = n % 4 === 0 ? 4 : ([2, 3, 5].find((factor) => n % factor === 0) as number);
    for (let p = 0; p < n / radix; p++) {
      for (let k = 1; k < radix; k++) pushTurn(table, p * k, n);
    }
    n /= radix;
  }
  for (let k = 0; k <= size / 2; k++) pushTurn(table, k, size);
  return Float32Array.from(table);
}

/** Floats of workspace that a transform takes. */
export function transformRoom(size: number): number {
  return 16 * size;
}

/** Appends exp(−2πi k / n): its real and its imaginary part. */
function pushTurn(table: number[], k: number, n: number): void {
  const angle = (-2 * Math.PI * (k % n)) / n;
  table.push(Math.cos(angle), Math.sin(angle));
}
