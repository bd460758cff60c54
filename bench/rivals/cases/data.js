import { GATES } from './plan.js';

/** mulberry32: numbers in [0, 1), the same everywhere. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function uniform(count, bound, random) {
  return Float32Array.from({ length: count }, () => (random() * 2 - 1) * bound);
}

/**
 * The weights and the input that all contenders of a case get.
 *
 * @returns dict: PyTorch's names and layout, uniform in ±1/√H; x: f32[T, B, I] (of a linear layer f32[B, 2H]), uniform in ±1
 */
export function dataOf({ cell, size, steps, batch }) {
  const random = seeded(size * 31 + GATES[cell]);
  const rows = GATES[cell] * size;
  const tensor = (...dims) => ({
    data: uniform(
      dims.reduce((a, b) => a * b),
      1 / Math.sqrt(size),
      random,
    ),
    dims,
  });
  if (cell === 'linear') {
    const dict = { weight: tensor(rows, 2 * size), bias: tensor(rows) };
    return { dict, x: uniform(batch * 2 * size, 1, random) };
  }
  const dict = {
    weight_ih_l0: tensor(rows, size),
    weight_hh_l0: tensor(rows, size),
    bias_ih_l0: tensor(rows),
    bias_hh_l0: tensor(rows),
  };
  return { dict, x: uniform(steps * batch * size, 1, random) };
}

/** Puts the gate blocks of a row-major tensor in another order: block k of the result is block order[k]. */
export function reorderBlocks(data, order) {
  const block = data.length / order.length;
  const result = new Float32Array(data.length);
  order.forEach((from, to) => {
    result.set(data.subarray(from * block, (from + 1) * block), to * block);
  });
  return result;
}

/** f32[rows, columns] → f32[columns, rows]. */
export function transpose(data, rows, columns) {
  const result = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) result[c * rows + r] = data[r * columns + c];
  }
  return result;
}

/** f32[A, B, width] → f32[B, A, width]. */
export function swapOuter(data, a, b, width) {
  const result = new Float32Array(data.length);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const from = (i * b + j) * width;
      result.set(data.subarray(from, from + width), (j * a + i) * width);
    }
  }
  return result;
}
