/**
 * Constants of the activations, read from memory: current V8 builds a vector constant from an immediate in three
 * instructions, in every turn of a loop, and spreads a float from memory in one. The whole address is the pointer: an offset
 * beside it would cost a register for each constant.
 */
const TABLE = memory.data<f32>(
  [
    1.0, 12583039.0, -1.44269504088896341, 2.88539008177792681, -127.0, 128.0, -40.0, 40.0,
    2.88539009981, 0.115523953473, -0.000920453787, 1e-30, 1e-15,
  ],
  16,
);

export function one4(): v128 {
  return v128.load32_splat(TABLE);
}

/** 1.5·2²³ + 127. */
export function round4(): v128 {
  return v128.load32_splat(TABLE + 4);
}

export function minusLog2E4(): v128 {
  return v128.load32_splat(TABLE + 8);
}

export function twoLog2E4(): v128 {
  return v128.load32_splat(TABLE + 12);
}

export function sigmoidLow4(): v128 {
  return v128.load32_splat(TABLE + 16);
}

export function sigmoidHigh4(): v128 {
  return v128.load32_splat(TABLE + 20);
}

export function tanhLow4(): v128 {
  return v128.load32_splat(TABLE + 24);
}

export function tanhHigh4(): v128 {
  return v128.load32_splat(TABLE + 28);
}

/** Coefficients of `middle4`: of 1, r² and r⁴. */
export function middleOne4(): v128 {
  return v128.load32_splat(TABLE + 32);
}

export function middleSquare4(): v128 {
  return v128.load32_splat(TABLE + 36);
}

export function middleFourth4(): v128 {
  return v128.load32_splat(TABLE + 40);
}

/** The bound of `flush4`. */
export function tiny4(): v128 {
  return v128.load32_splat(TABLE + 44);
}

/** What is added to r before it is squared. */
export function nudge4(): v128 {
  return v128.load32_splat(TABLE + 48);
}
