/** Derivative of the logistic sigmoid, from its value s: s · (1 − s), in four lanes. */
export function slope4(s: v128): v128 {
  return f32x4.mul(s, f32x4.sub(f32x4.splat(1.0), s));
}

/** Derivative of tanh, from its value t: 1 − t², as (1 − t)(1 + t), which keeps its digits where t is near ±1. */
export function tanhSlope4(t: v128): v128 {
  const one = f32x4.splat(1.0);
  return f32x4.mul(f32x4.sub(one, t), f32x4.add(one, t));
}

/** Derivative of max(x, 0), from its value y: 1 where y > 0, and 0 at 0, as PyTorch has it; times d. */
export function reluSlope4(y: v128, d: v128): v128 {
  return v128.and(d, f32x4.gt(y, f32x4.splat(0.0)));
}
