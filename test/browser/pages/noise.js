/** Numbers in [-1, 1) that look random, made of integers alone: the same in every realm. */
export function noise(length) {
  return Float32Array.from({ length }, (_, i) => (Math.imul(i + 1, 2654435761) >> 8) / 2 ** 23);
}
