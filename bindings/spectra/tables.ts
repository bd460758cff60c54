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
  const table = passTable(size % 2 ? size : size / 2);
  for (let k = 0; k <= size / 2; k++) table.push(...turn(k, size));
  return Float32Array.from(table);
}

/** Whether a single frame of a size has a transform of its own, `frameFft`, where `realFft` would leave three lanes idle. */
export function hasFrameTransform(size: number): boolean {
  return size % 8 === 0 && hasFastTransform(size);
}

/**
 * The factors that `frameFft` and `inverseFrameFft` need for frames of a size: `table` and `turns`.
 *
 * @param size one that `hasFrameTransform`
 */
export function frameTables(size: number): { table: Float32Array; turns: Float32Array } {
  const part = size / 8;
  const half = size / 2;
  const padded = 4 * Math.ceil(part / 4);
  const turns = new Float32Array(6 * padded + 2 * half);
  for (let k = 0; k < part; k++) {
    for (let lane = 1; lane < 4; lane++) {
      const [cos, sin] = turn(lane * k, half);
      turns[(2 * lane - 2) * padded + k] = cos;
      turns[(2 * lane - 1) * padded + k] = sin;
    }
  }
  for (let k = 0; k < half; k++) {
    const [cos, sin] = turn(k, size);
    turns[6 * padded + k] = cos / 2;
    turns[6 * padded + half + k] = sin / 2;
  }
  return { table: Float32Array.from(passTable(part)), turns };
}

/** Floats of workspace that the transform of a single frame takes. */
export function frameRoom(size: number): number {
  return 2 * size + 48;
}

/** Floats of workspace that a transform takes. */
export function transformRoom(size: number): number {
  return 16 * size;
}

/** The factors of all passes of a complex transform. */
function passTable(size: number): number[] {
  const table: number[] = [];
  for (let n = size; n > 1; ) {
    const radix = n % 4 === 0 ? 4 : ([2, 3, 5].find((factor) => n % factor === 0) as number);
    for (let p = 0; p < n / radix; p++) {
      for (let k = 1; k < radix; k++) table.push(...turn(p * k, n));
    }
    n /= radix;
  }
  return table;
}

/** exp(−2πi k / n): its real and its imaginary part. */
function turn(k: number, n: number): [number, number] {
  const angle = (-2 * Math.PI * (k % n)) / n;
  return [Math.cos(angle), Math.sin(angle)];
}
