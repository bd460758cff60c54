/**
 * Constants of the activations, read from memory: current V8 builds a vector constant from an immediate in three
 * instructions, in every turn of a loop, and spreads a float from memory in one.
 */
const TABLE = memory.data<f32>(
  [
    1.0, 2.0, 12582912.0, -1.44269504088896341, 2.88539008177792681, -127.0, 127.0, 128.0,
    0.001326472731, 0.009671512991, 0.05550733581, 0.2402224243, 0.6931470037,
  ],
  16,
);

export function one4(): v128 {
  return v128.load32_splat(TABLE);
}

export function two4(): v128 {
  return v128.load32_splat(TABLE, 4);
}

/** 1.5·2²³. */
export function round4(): v128 {
  return v128.load32_splat(TABLE, 8);
}

export function minusLog2E4(): v128 {
  return v128.load32_splat(TABLE, 12);
}

export function twoLog2E4(): v128 {
  return v128.load32_splat(TABLE, 16);
}

export function low4(): v128 {
  return v128.load32_splat(TABLE, 20);
}

export function highTanh4(): v128 {
  return v128.load32_splat(TABLE, 24);
}

export function highSigmoid4(): v128 {
  return v128.load32_splat(TABLE, 28);
}

/** Coefficient of r^5 … r of 2^r − 1. */
export function coefficient5(): v128 {
  return v128.load32_splat(TABLE, 32);
}

export function coefficient4(): v128 {
  return v128.load32_splat(TABLE, 36);
}

export function coefficient3(): v128 {
  return v128.load32_splat(TABLE, 40);
}

export function coefficient2(): v128 {
  return v128.load32_splat(TABLE, 44);
}

export function coefficient1(): v128 {
  return v128.load32_splat(TABLE, 48);
}
