/** max(x, 0) in four lanes; NaN stays NaN, because pmax keeps its first operand when unordered. */
export function relu4(x: v128): v128 {
  return f32x4.pmax(x, f32x4.splat(0.0));
}
